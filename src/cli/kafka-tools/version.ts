/** The Kafka whose tools these are like, to the word. */
export const KAFKA_VERSION = '4.2.0'
