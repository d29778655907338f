import { expect, test } from 'vitest'
import { acceptedFormat, acceptsGzip } from '../../src/http/metrics/accept.ts'

test.each([
  [undefined, 'prometheus'],
  ['*/*', 'prometheus'],
  ['text/html,application/xhtml+xml,*/*;q=0.8', 'prometheus'],
  ['text/plain;version=0.0.4', 'prometheus'],
  ['application/openmetrics-text', 'openmetrics'],
  // Prometheus 2 and 3.
  [
    'application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
    'openmetrics',
  ],
  [
    'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,*/*;q=0.2',
    'prometheus',
  ],
  ['application/openmetrics-text;q=0,text/plain', 'prometheus'],
  ['application/openmetrics-text;q=nonsense', 'prometheus'],
  [';;;,,,q=', 'prometheus'],
])('Accept: %s is answered in the %s format', (accept, format) => {
  expect(acceptedFormat(accept)).toBe(format)
})

test.each([
  [undefined, false],
  ['', false],
  ['gzip', true],
  ['deflate, GZIP;q=0.5', true],
  ['gzip;q=0', false],
  ['*', true],
  ['*;q=0', false],
  ['gzip;q=0, *', false],
  ['identity;q=1, br', false],
  ['gzip;q=nonsense', false],
])('Accept-Encoding: %s takes gzip: %s', (accept, takes) => {
  expect(acceptsGzip(accept)).toBe(takes)
})
