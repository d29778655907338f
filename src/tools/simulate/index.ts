export { type ReadSimulationOptions, readSimulationInput } from './read-input.ts'
export {
  type PartitionLoad,
  type SimulatedAssignor,
  type SimulatedMember,
  type SimulatedShare,
  type Simulation,
  type SimulationChange,
  type SimulationInput,
  type Spread,
  simulate,
  simulatedAssignors,
} from './simulate.ts'
