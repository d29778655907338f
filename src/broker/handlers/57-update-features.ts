import { ErrorCode, type UpdateFeaturesRequest, type UpdateFeaturesResponseInput } from '../../wire/index.ts'
import { FEATURES } from '../features.ts'
import type { Handler } from '../handler.ts'

/** Levels are what this program has: setting a feature to the level it has succeeds, everything else is refused with the reason. */
export const handleUpdateFeatures: Handler<UpdateFeaturesRequest, UpdateFeaturesResponseInput> = (
  request,
  context,
  broker,
) => {
  const results = context.apiVersion <= 1 ? { results: [] } : {}
  for (const { feature, maxVersionLevel } of request.featureUpdates) {
    const reason = problem(feature, maxVersionLevel, broker.nodeId)
    if (reason === undefined) continue
    const errorMessage = `The update failed for all features since the following feature had an error: ${reason}`
    return { throttleTimeMs: 0, errorCode: ErrorCode.INVALID_UPDATE_VERSION, errorMessage, ...results }
  }
  return { throttleTimeMs: 0, errorCode: ErrorCode.NONE, errorMessage: null, ...results }
}

function problem(name: string, level: number, nodeId: number): string | undefined {
  const prefix = `Invalid update version ${level} for feature ${name}.`
  const feature = FEATURES.find((known) => known.name === name)
  if (feature === undefined) return `${prefix} Local controller ${nodeId} does not support this feature.`
  const { minVersion, maxVersion, finalizedVersion } = feature
  if (level < minVersion || level > maxVersion) {
    return `${prefix} Local controller ${nodeId} only supports versions ${minVersion}-${maxVersion}`
  }
  return level === finalizedVersion ? undefined : `${prefix} kohort has this feature at level ${finalizedVersion} only.`
}
