import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int16, int32, string } from '../schema.ts'

/** Key: topology of a streams group; record type 23 of __consumer_offsets (KIP-1071). */
export const streamsGroupTopologyKey = message(
  { name: 'StreamsGroupTopologyKey', type: 'coordinator-key', apiKey: 23, versions: '0', flexible: 'none' },
  () => ({
    groupId: string(),
  }),
)
export interface StreamsGroupTopologyKey extends Infer<typeof streamsGroupTopologyKey.fields> {}
export interface StreamsGroupTopologyKeyInput extends Input<typeof streamsGroupTopologyKey.fields> {}

const topicConfigFields = {
  key: string(),
  value: string(),
}

const topicInfoFields = {
  name: string(),
  partitions: int32(),
  replicationFactor: int16(),
  topicConfigs: array(topicConfigFields),
}

/** Value: topology of a streams group; record type 23 of __consumer_offsets (KIP-1071). */
export const streamsGroupTopologyValue = message(
  { name: 'StreamsGroupTopologyValue', type: 'coordinator-value', apiKey: 23, versions: '0', flexible: '0+' },
  () => ({
    epoch: int32(),
    subtopologies: array({
      subtopologyId: string(),
      sourceTopics: array(string()),
      sourceTopicRegex: array(string()),
      stateChangelogTopics: array(topicInfoFields),
      repartitionSinkTopics: array(string()),
      repartitionSourceTopics: array(topicInfoFields),
      copartitionGroups: array({
        sourceTopics: array(int16()),
        sourceTopicRegex: array(int16()),
        repartitionSourceTopics: array(int16()),
      }),
    }),
  }),
)
export interface StreamsGroupTopologyValue extends Infer<typeof streamsGroupTopologyValue.fields> {}
export interface StreamsGroupTopologyValueInput extends Input<typeof streamsGroupTopologyValue.fields> {}
