import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const docs = new URL('../../../docs/', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, docs), 'utf8')

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[]
}

describe('the dashboard and the alerts', () => {
  test('keep clusters apart: each query is of those chosen, and each sum is by them', () => {
    const { panels } = JSON.parse(read('grafana/kohort-lag.json')) as Dashboard
    for (const { title, targets } of panels) {
      for (const { expr } of targets) {
        const selected = expr.match(/\b(?:kafka|kohort)_\w+(\{[^}]*\})?/g) ?? []
        for (const selector of selected) expect(selector, title).toContain('{cluster=~"$cluster",instance=~"$instance"')
        for (const [by] of expr.matchAll(/ by \([^)]*\)/g)) expect(by, title).toContain('cluster, instance')
      }
    }
    // What an alert does not name must stay: Prometheus tells its targets apart by labels that are the user's.
    expect(read('grafana/kohort-lag.rules.yml')).not.toMatch(/\b(by|on) \(/)
  })

  test('say where to read on, in pages that are there', () => {
    const rules = read('grafana/kohort-lag.rules.yml')
    const urls = [...rules.matchAll(/runbook_url: '(.*)'/g)].map(([, url]) => url!)
    expect(urls).toHaveLength(rules.match(/- alert:/g)!.length)
    for (const url of new Set(urls)) {
      const [, path, anchor] = /^docs\/(.*\.md)#(.*)$/.exec(url)!
      const anchors = [...read(path!).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
        heading!
          .toLowerCase()
          .replaceAll(/[^\w -]/g, '')
          .replaceAll(' ', '-'),
      )
      expect(anchors).toContain(anchor)
    }
  })
})
