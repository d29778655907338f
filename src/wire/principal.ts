import { message } from './message.ts'
import type { Infer, Input } from './schema.ts'
import { bool, string } from './schema.ts'

/** An authenticated user, as brokers forward it to the controller (KIP-590). */
export const defaultPrincipalData = message(
  { name: 'DefaultPrincipalData', type: 'data', versions: '0', flexible: '0+' },
  () => ({
    type: string(),
    name: string(),
    tokenAuthenticated: bool(),
  }),
)
export interface DefaultPrincipalData extends Infer<typeof defaultPrincipalData.fields> {}
export interface DefaultPrincipalDataInput extends Input<typeof defaultPrincipalData.fields> {}
