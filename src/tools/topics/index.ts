export { offsetSpan, readTopicReports, type TopicPartitionReport, type TopicReport } from './topic-reports.ts'
