import type { LoanTrace } from '../../examples/loans/trace.js';

/** A log in XES like the real one: header, globals, classifiers, nested attributes. */
export function xesOf(traces: readonly LoanTrace[]): string {
  return `${HEAD}${traces.map(traceXml).join('')}</log>\n`;
}

const HEAD = `<?xml version="1.0" encoding="UTF-8" ?>
<!-- A sample. -->
<log xes.version="1.0" xmlns="http://www.xes-standard.org/">
	<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
	<global scope="event">
		<string key="concept:name" value="UNKNOWN"/>
	</global>
	<classifier name="Resource classifier" keys="org:resource"/>
	<float key="meta_org:resource_events_total" value="0.2">
		<float key="112" value="1.0"/>
	</float>
`;

function traceXml({ application, amount, registeredAt, records }: LoanTrace): string {
  const events = records.map(
    ({ activity, transition, at, clerk }) => `		<event>
${clerk === undefined ? '' : `			<string key="org:resource" value="${clerk}"/>\n`}			<string key="lifecycle:transition" value="${transition}"/>
			<string key="concept:name" value="${activity}"/>
			<date key="time:timestamp" value="${at}"/>
		</event>
`,
  );
  return `	<trace>
		<date key="REG_DATE" value="${registeredAt}"/>
		<string key="concept:name" value="${application}"/>
		<string key="AMOUNT_REQ" value="${amount}"><string key="concept:name" value="nested"/></string>
${events.join('')}	</trace>
`;
}
