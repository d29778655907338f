export const messageDocs = {}
export const fieldDocs = {}
