// The core's one barrel: every export is named by hand.

export { EventspanError, isEventspanError, type ErrorDetails } from './errors/eventspan-error.js';
export { ERROR_CODES, type ErrorCode } from './errors/codes.js';
export type { ErrorDescription } from './errors/error-description.js';
export { CursorLostError, OutcomeUnknownError, VersionConflictError } from './errors/store-errors.js';

export { systemClock, type Clock } from './support/clock.js';
export { seededRandom, type Random } from './support/random.js';
export { uuidV7, type IdGenerator } from './support/uuid-v7.js';
export type { Backoff } from './support/backoff.js';
export { silentLogger, type Logger } from './telemetry/logger.js';
export type { Observe } from './telemetry/metrics.js';
export { RpcCounter, type Rpc, type RpcObserver } from './telemetry/rpc-observer.js';
export { METRICS, type MetricSignal } from './telemetry/signals.js';
export { SPANS, type SpanSignal } from './telemetry/span-signals.js';
export type { TelemetryOptions } from './telemetry/telemetry.js';
export { contextOf, type TraceContext } from './telemetry/trace-context.js';

export type { Constructor } from './messages/constructor.js';
export { Event, type EventOptions } from './messages/event.decorator.js';
export { Command, type CommandOptions } from './messages/command.decorator.js';
export type { CommandDescription } from './messages/command-description.js';
export type { EventDescription } from './messages/event-description.js';
export type { EventRegistry, SerializedEvent } from './messages/event-registry.js';
export { createEventRegistry, type EventRegistryOptions } from './messages/create-event-registry.js';
export { describeAppSchema, type AppSchema, type EventSchema } from './messages/schema/app-schema.js';
export { compareSchemas } from './messages/schema/compare-schemas.js';
export { field, type FieldNotation, type FieldNotations, type ScalarNotation } from './messages/schema/field-notation.js';
export type { EventDecorator } from './messages/schema/fields-fit.js';
export { flattenSchema, type FieldTypes } from './messages/schema/flatten-schema.js';
export type { JsonSchema } from './messages/schema/json-schema.js';
export { jsonSchemaOf } from './messages/schema/json-schema-of.js';
export type { SchemaChange, SchemaChangeKind } from './messages/schema/schema-change.js';
export { formatSchemaLock, parseSchemaLock, type LockedEvent, type SchemaLock } from './messages/schema/schema-lock.js';
export type { StandardIssue, StandardResult, StandardSchema } from './messages/schema/standard-schema.js';
export {
  avroSchemaOf,
  type AvroArray,
  type AvroField,
  type AvroMap,
  type AvroRecord,
  type AvroSchema,
} from './messages/contracts/avro-schema.js';
export { compareContracts, type Disagreement } from './messages/contracts/compare-contracts.js';
export { contractsOf, formatContracts, type Contracts, type EventContract } from './messages/contracts/contracts.js';
export { expectationsOf, type Expectation, type Expectations, type ExpectationSource } from './messages/contracts/expectations.js';
export type { OrFile } from './messages/contracts/parse-contracts.js';
export { verifyContracts, type VerifyContractsOptions } from './messages/contracts/verify-contracts.js';
export { downcast, type DowncastOptions } from './messages/upcasting/downcast.js';
export { becomes, upcast, type PlainPayload, type TargetPayload } from './messages/upcasting/upcast.js';
export { upcastChain, type UpcastChain } from './messages/upcasting/upcast-chain.js';
export { Downcast, Upcast, type StaticMethodDecorator } from './messages/upcasting/upcast.decorator.js';
export type { UpcastContext } from './messages/upcasting/upcast-context.js';
export type { BecomeOptions, ChangeOptions, MergeOptions, SplitOptions } from './messages/upcasting/upcast-options.js';
export type {
  AnyUpcaster,
  Becoming,
  Downcaster,
  EventAtVersion,
  EventReference,
  MergeMember,
  MergeUpcaster,
  Upcaster,
  UpcasterSource,
  UpcastTarget,
} from './messages/upcasting/upcaster.js';
export type { EventMetadata } from './messages/metadata.js';

export { Aggregate } from './model/aggregate.decorator.js';
export type { AggregateOptions } from './model/aggregate-options.js';
export { afterLoadMs, allOf, anyOf, everyEvents, onEvents, type SnapshotFacts, type SnapshotPolicy } from './model/snapshot-policy.js';
export type { SnapshotFault } from './model/snapshot-fault.js';
export { AggregateRoot } from './model/aggregate-root.js';
export { Apply } from './model/apply.decorator.js';
export { Handle, type HandleOptions } from './model/handle.decorator.js';
export {
  defineAggregate,
  type AggregateDefinition,
  type Decided,
  type DecideFunction,
  type DecideRule,
  type EvolveFunction,
  type EvolveRule,
  type OnCommand,
  type OnEvent,
} from './model/define-aggregate.js';
export type { AggregateModel, ApplyContext, CommandHandling, Decision, StreamRequirement } from './model/aggregate-model.js';
export type { AggregateSource } from './model/domain-model.js';

export type { CallOptions } from './event-store/call-options.js';
export type { AppendRequest, AppendResult, StreamAppended, StreamWrite } from './event-store/append.js';
export type { ExpectedVersion } from './event-store/expected-version.js';
export type {
  EventStore,
  ListStreamsOptions,
  LoadedStream,
  LoadOptions,
  ReadShardsOptions,
  ReadStreamOptions,
  ShardExtent,
  ShardRange,
  StreamSummary,
} from './event-store/event-store.js';
export { planImport, type ImportTarget } from './event-store/import-plan.js';
export { STREAM_CLOSED_TYPE, type StreamClosed } from './event-store/stream-closed.js';
export { SYSTEM_TABLES } from './event-store/system-tables.js';
export { comparePositions, formatPosition, parsePosition, type Position, type PositionParts } from './event-store/position.js';
export { decodeToken, encodeToken, positionsOf, type ShardPositions } from './event-store/consistency-token.js';
export { mergeTokens, TOKEN_HEADER, tokenFromHeaders, tokenHeaders, type TokenCarrier } from './event-store/token-headers.js';
export { readLog, type ReadLogOptions } from './event-store/read-log.js';
export { DEFAULT_SHARD_COUNT, shardOf } from './event-store/shard.js';
export { commitTimeOf, type EventToAppend, type StoredEvent } from './event-store/stored-event.js';
export type { Cursor, CursorAdvance, CursorClaim, ShardCursors } from './event-store/shard-cursors.js';
export type {
  ColumnType,
  ColumnValue,
  OpenBatchOptions,
  ReadModelBatch,
  ReadModels,
  ReadModelSnapshot,
  Row,
  RowChange,
  TableDefinition,
} from './event-store/read-models.js';
export type { AdapterEnvironment, StoreProvider } from './event-store/store-provider.js';
export type { CommonMetadata } from './event-store/repository-recording.js';
export {
  createRepository,
  type AggregateHandle,
  type LoadableAggregate,
  type LoadAggregateOptions,
  type Repository,
} from './event-store/repository.js';
export {
  verifySnapshots,
  type VerifySnapshotsOptions,
  type VerifySnapshotsProgress,
  type VerifySnapshotsReport,
} from './event-store/repository-verify-snapshots.js';
export type { DifferentSnapshot } from './event-store/repository-snapshot-check.js';

export { decodeMessage, MESSAGE_FORMATS } from './messaging/decode-message.js';
export { plainJson, type PlainJsonOptions, type PlainMessage } from './messaging/formats/plain-json.js';
export type { DecodedMessage, IncomingMessage, MessageFormat, MessageMetadata, ReceivedMessage } from './messaging/incoming-message.js';
export { toIntegrationMessage, type IntegrationEvent } from './messaging/integration-message.js';
export { MESSAGE_LIMITS } from './messaging/message-limits.js';
export { fromMessage, orderingKeyOf, toClaimCheck, toMessage, type ChainedEvent } from './messaging/envelope.js';
export { chainEvents } from './messaging/chain-events.js';
export { tokenOfMessage } from './messaging/message-token.js';
export { Task, type TaskOptions } from './messages/task.decorator.js';
export { defineWorkQueue, onTask, type TaskHandler } from './queues/define-work-queue.js';
export type { Enqueued } from './queues/enqueue.js';
export type { FailedTry, QueueDefinition, QueueOptions, TaskRetry } from './queues/queue-definition.js';
export type { QueueStatus } from './queues/queue-status.js';
export {
  StoredTasks,
  type ListTasksOptions,
  type QueueDepth,
  type StoredTasksOptions,
  type TaskDiscard,
  type TaskIntervention,
} from './queues/stored-tasks.js';
export type { TaskContext, TaskView } from './queues/task-context.js';
export type { TaskAudit, TaskEntry, TaskKey } from './queues/task-entry.js';
export { WorkQueue, type QueueSource } from './queues/work-queue.decorator.js';
export { Timers, type RecurringDue, type Scheduled, type ScheduleRequest } from './timers/timers.js';
export { StoredTimers, type ListTimersOptions, type ScheduledTimer } from './timers/stored-timers.js';
export type { MissedOccurrences } from './timers/timer-entry.js';
export type { TimerEngineStatus } from './timers/timer-engine.js';
export type { TimerTuning } from './timers/timer-options.js';
export type { EnqueueOptions, TimerDue, TimerReference } from './messaging/outgoing.js';
export { planDelivery, type DeliveryGap, type DeliveryPlan } from './messaging/chained-delivery.js';
export { PUBLISH_LIMITS, checkBatch, messageBytes, messageRefused, refusalOf } from './messaging/publish-limits.js';
export { isWanted, resolveConsumer, type ResolvedConsumer } from './messaging/consumer-settings.js';
export type {
  ConsumerSettings,
  DeadLetterOptions,
  Delivery,
  RedeliveryOptions,
  SubscribeOptions,
  Transport,
  TransportMessage,
  TransportProvider,
  TransportSubscription,
} from './messaging/transport.js';

export {
  commandHandler,
  type CommandContext,
  type CommandHandlerDefinition,
  type CommandHandlerFunction,
  type CommandHandlerObject,
} from './command-handling/command-handler.js';
export { CommandHandler } from './command-handling/command-handler.decorator.js';
export type { CommandRepository } from './command-handling/command-repository.js';
export type { CommandResult } from './command-handling/command-result.js';
export type { CommandStatistics } from './command-handling/command-statistics.js';
export type { CommandMetadata, EnrichMetadata } from './command-handling/event-metadata.js';
export type { SendOptions, SentCommand } from './command-handling/send-command.js';
export type { SentCommandOutcome } from './command-handling/sent-command-outcome.js';
export type { ExecuteOptions } from './command-handling/execute-options.js';
export { currentContext, runInContext, type MessageContext } from './command-handling/message-context.js';
export type { CommandMiddleware, CommandMiddlewareContext } from './command-handling/middleware.js';

export type { RelayTuning } from './relay/relay-options.js';
export type { RelayFault, RelayShardState, RelayShardStatus, RelayStatus } from './relay/relay-status.js';
export type { HandlerPolicy, OnError, RetryOptions } from './subscriptions/handler-policy.js';
export type { SubscriptionTuning } from './subscriptions/subscription-options.js';
export { defineTopicConsumer, onMessage, type MessageHandler, type TopicConsumerSpec } from './inbox/define-topic-consumer.js';
export type { ConsumerRows, TopicConsumer } from './inbox/topic-consumer.js';
export type { TopicSettings } from './consumers/topic-settings.js';
export type { TopicMessageContext } from './inbox/topic-message-context.js';
export type { DeadReason, MessageOutcome } from './inbox/held-message.js';
export type { TopicConsumerStatus } from './inbox/inbox-status.js';
export {
  createDeadLetters,
  type Accounted,
  type DeadLetters,
  type DeadLettersAsked,
  type DeadLettersOptions,
  type DeadLettersOutcome,
  type DeadLetterTicket,
  type SettleLettersOptions,
} from './inbox/dead-letters/dead-letters.js';
export type { DeadLetter, DeadLetterChange, DeadLetterDetails } from './inbox/dead-letters/dead-letter.js';
export type { LetterContents } from './inbox/dead-letters/letter-contents.js';
export type { LetterEdit } from './inbox/dead-letters/letter-edits.js';
export type { DeadLetterSelection } from './inbox/dead-letters/letter-selection.js';
export { pushEndpoint, type PushEndpointOptions, type PushHandler, type PushReceiver } from './inbox/push/push-endpoint.js';
export type { PushFormat } from './inbox/push/push-message.js';
export type { PushKeys, PushTokenOptions } from './inbox/push/push-token.js';
export { nodePush, type NodePushRequest } from './inbox/push/node-push.js';
export { fastifyPush, type FastifyPushReply, type FastifyPushRequest, type FastifyPushServer } from './inbox/push/fastify-push.js';
export { createParkedStreams } from './subscriptions/parked-streams.js';
export type {
  DiscardOptions,
  ParkedAsked,
  ParkedOutcome,
  ParkedStreamDetails,
  ParkedStreams,
  ParkedStreamsOptions,
  ParkedTicket,
  SettleOptions,
} from './subscriptions/parked-streams.js';
export type { ParkedSelection } from './subscriptions/parked-selection.js';
export type { ParkedReason, ParkedRequest, ParkedStream } from './subscriptions/parked-stream.js';
export type { DiscardedEvent } from './subscriptions/discarded-event.js';
export type { StopReason, SubscriptionShardStatus, SubscriptionStatus } from './subscriptions/subscription-status.js';

export { Consumer } from './consumers/consumer.decorator.js';
export type { CircuitBreakerOptions } from './consumers/circuit-breaker.js';
export type { CircuitStatus } from './consumers/circuit.js';
export type { ConsumerContext } from './consumers/consumer-context.js';
export type { ConsumerDefinition, ConsumerOptions } from './consumers/consumer-definition.js';
export { consume, defineConsumer, type ConsumerHandler } from './consumers/define-consumer.js';

export { counterTable, type CounterTableShape } from './projections/counter-table.js';
export { defineProjector, on, type EventHandler } from './projections/define-projector.js';
export type { ForeignBatch, ForeignIncrement, ForeignReadModel } from './projections/foreign-read-model.js';
export { On } from './projections/on.decorator.js';
export type { CatchUpTarget } from './projections/catch-up-target.js';
export type { ProjectionStatus } from './projections/projection-engine.js';
export type { Generation } from './projections/generation.js';
export type { CatchUpOptions, CaughtUp } from './projections/rebuild/catch-up.js';
export type { GenerationComparison, RowDifference, TableComparison } from './projections/rebuild/generation-comparison.js';
export type { GenerationState, SwitchMode } from './projections/rebuild/generation-record.js';
export type { RebuildProgress, ShardProgress } from './projections/rebuild/rebuild-progress.js';
export type { StreamRebuildInfo } from './projections/rebuild/request-stream-rebuilds.js';
export type {
  GenerationInfo,
  ProjectionReport,
  Projections,
  RebuildOptions,
  RollbackOptions,
  StartedRebuild,
} from './projections/rebuild/projections.js';
export { Projector, type ProjectorOptions } from './projections/projector.decorator.js';
export type {
  CounterTable,
  DeclaredTable,
  ProjectionContext,
  ProjectorDefinition,
  ReadModelTable,
  View,
} from './projections/projector-definition.js';
export { readModelTable, type ReadModelTableShape } from './projections/read-model-table.js';
export type { ReadModel } from './projections/read-model.js';

export { publication, publish, type EventMapping } from './publications/publication.js';
export type { Mapped, PublicationContext, PublicationDefinition, Published } from './publications/publication-definition.js';
export { publicationDefinitionOf, type PublicationSource } from './publications/publication-definition-of.js';
export type { PublicationStatus } from './publications/publication-engine.js';
export { Publisher, type PublisherOptions } from './publications/publisher.decorator.js';
export { Publishes } from './publications/publishes.decorator.js';

export { closeBooks, type CloseBooksOptions, type CloseBooksResult, type OldBooks } from './history/close-books.js';
export { closeStream, type ClosedStream, type CloseResult, type CloseStreamOptions } from './history/close-stream.js';
export type { ClosingContext } from './history/closing-event.js';
export { copyEvents, type CopyOptions, type CopyResult } from './history/copy-events.js';
export { deleteStream, type DeleteResult } from './history/delete-stream.js';
export {
  diffAggregate,
  type AggregateDiff,
  type DiffOptions,
  type EventBetween,
  type Moment,
  type StateAt,
} from './history/diff-aggregate.js';
export type { EventTransform, TransformedEvent } from './history/event-transform.js';
export { exportEvents } from './history/export-events.js';
export type { ExportHeader } from './history/export-header.js';
export type { ExportSource } from './history/export-reader.js';
export type { ExportOptions, ExportResult } from './history/export-run.js';
export { exportToFile, type ExportFileOptions, type ExportFileResult } from './history/export-to-file.js';
export type { HistoryProgress } from './history/history-progress.js';
export type { HistoryCounts } from './history/history-tally.js';
export { importEvents, type ImportOptions, type ImportResult } from './history/import-events.js';
export { closedStreamsOf, streamsOf, type ListAllStreamsOptions } from './history/list-streams.js';
export { openExport } from './history/open-export.js';
export { renderDiff } from './history/render-diff.js';
export type { EventSelection } from './history/select-events.js';
export { stateChanges, type StateChange } from './support/state-changes.js';
export { renderTrace } from './history/trace/render-trace.js';
export type {
  Trace,
  TraceDeadLetter,
  TraceDelivery,
  TraceEntry,
  TraceKind,
  TraceOutcome,
  TracePlace,
  TraceTask,
} from './history/trace/trace.js';
export { traceCorrelation, type TraceOptions } from './history/trace/trace-correlation.js';
export type { TraceConsumer } from './history/trace/trace-deliveries.js';
export { printable } from './support/printable.js';
export { verifyExport, type VerifyExportOptions, type VerifyExportResult } from './history/verify-export.js';

export { recordHistories, type RecordOptions, type RecordReport } from './replay/recording/record-histories.js';
export type { Json } from './replay/sorted-json.js';
export type { MaskedPlace, MaskFunction, MaskingOptions } from './replay/recording/masking-options.js';
export type { ReplayDomainOptions } from './replay/replay-domain.js';
export {
  replayHistories,
  type FileReplay,
  type HistoriesOptions,
  type HistoriesReport,
  type StreamReplay,
} from './replay/replay-histories.js';
export { replayStore } from './replay/replay-store.js';
export type { ReplayProgress, ReplayStoreOptions, StoreReplayReport } from './replay/replay-store-options.js';
export type { ReplayFinding } from './replay/replay-stored-stream.js';

export type {
  CommandText,
  Compensation,
  OpenCommand,
  OpenTimer,
  ProcessRecord,
  ProcessStatus,
  WaitingMessage,
} from './messages/framework/process-advanced.js';
export {
  defineProcessManager,
  type OnProcessMessage,
  type OnProcessRefusal,
  type ProcessFunction,
  type ProcessManagerDefinition,
  type ProcessRule,
} from './processes/define-process-manager.js';
export { OnRefused } from './processes/on-refused.decorator.js';
export type { CommandRefusal, ProcessContext, ProcessMessage, ProcessSendOptions, ScheduleOptions } from './processes/process-context.js';
export type { Correlate, CorrelationSource, ProcessDefinition, ProcessOptions, ProcessStep } from './processes/process-definition.js';
export { ProcessManager } from './processes/process-manager.decorator.js';
export type { ProcessSource } from './processes/process-of.js';
export {
  createProcesses,
  type Processes,
  type ProcessDetails,
  type ProcessesOptions,
  type ProcessRequestOptions,
  type ProcessRequestOutcome,
  type ProcessSelection,
  type ProcessSummary,
  type ProcessTicket,
  type ProcessTransition,
} from './processes/processes.js';
export { StartsOn } from './processes/starts-on.decorator.js';

export { appSchemaOf } from './application/app-schema.js';
export { diagnose } from './application/doctor/diagnose.js';
export { appContractsOf, publishedEventsOf } from './application/published-events.js';
export { grantsOf } from './application/grants-of.js';
export type { Finding } from './support/finding.js';
export type { Grant } from './support/grant.js';
export { traceConsumersOf } from './application/trace-consumers.js';
export { Eventspan } from './application/eventspan.js';
export type {
  CommandSettings,
  ConsumingSettings,
  DispatchSettings,
  EventspanOptions,
  LimitSettings,
  ProcessSettings,
  ProjectionSettings,
  PublishingSettings,
  RebuildSettings,
  Role,
} from './application/options.js';
export { ensureTransports } from './application/ensure-transports.js';
export { systemEnvironment } from './application/environment.js';
export { createRegistry, type Registry } from './application/registry.js';
export type { AppHealth, HealthCode, HealthReason, HealthVerdict } from './application/health.js';
export type { AppProjectionStatus, AppState, AppStatus } from './application/status.js';

export { memory, type MemoryOptions } from './memory/index.js';
export { inProcess, type InProcessOptions } from './in-process/index.js';
