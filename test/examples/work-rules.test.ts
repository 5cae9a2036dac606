import { spec } from 'eventspan/testing';
import { Refusal } from '../../examples/loans/refusal.js';
import {
  CompleteWork,
  ScheduleWork,
  StartWork,
  WorkCompleted,
  WorkItem,
  WorkScheduled,
  WorkStarted,
  type WorkKind,
} from '../../examples/loans/work-item/work-item.js';

const KIND = 'Valideren aanvraag';
const AT = '2012-01-09T09:00:00.000+01:00';
const of = <T>(Type: new (application: string, kind: WorkKind, at: string, clerk?: string) => T): T =>
  new Type('173688', KIND, AT, '11181');

describe('a work item', () => {
  it('is scheduled, started and completed', async () => {
    await spec(WorkItem).when(of(ScheduleWork)).then(of(WorkScheduled));
    await spec(WorkItem).given(of(WorkScheduled)).when(of(StartWork)).then(of(WorkStarted));
    await spec(WorkItem).given(of(WorkScheduled), of(WorkStarted)).when(of(CompleteWork)).then(of(WorkCompleted));
  });

  it('may be scheduled again while somebody is at work, and completed though nobody is', async () => {
    await spec(WorkItem).given(of(WorkScheduled), of(WorkStarted)).when(of(ScheduleWork)).then(of(WorkScheduled));
    await spec(WorkItem).given(of(WorkScheduled)).when(of(CompleteWork)).then(of(WorkCompleted));
  });

  it('is not started or completed before it is scheduled', async () => {
    await spec(WorkItem).when(of(StartWork)).thenThrows('STREAM_MISSING');
    await spec(WorkItem).when(of(CompleteWork)).thenThrows('STREAM_MISSING');
  });

  it('has two clerks at work at most', async () => {
    const two = spec(WorkItem).given(of(WorkScheduled), of(WorkStarted), of(WorkStarted));
    await two.when(of(StartWork)).thenThrows(Refusal);
    await two.when(of(CompleteWork)).then(of(WorkCompleted));
    await two.given(of(WorkCompleted)).when(of(StartWork)).then(of(WorkStarted));
  });

  it('is of a kind that the process knows', async () => {
    await spec(WorkItem)
      .when(new ScheduleWork('173688', 'Koffie zetten' as WorkKind, AT))
      .thenThrows(Refusal);
  });
});
