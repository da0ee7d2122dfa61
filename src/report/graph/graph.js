// The flows and who starts whom, as the program that wrote the page found them.

const SEVERITIES = ["error", "warning", "info"];

const EDGE_WORDS = {
  subflow: "subflow",
  "for-each-item": "for each item",
  agent: "tool of an agent",
  function: "subflow() in a form",
  trigger: "when it ends",
};

class Graph {
  constructor(data) {
    this.rules = data.rules;
    this.otherFindings = data.otherFindings.map((finding) => located(finding, data));
    this.flows = data.flows.map((flow, index) => this.#flow(flow, index, data));
    this.edges = data.edges.map(([from, to, kind, by]) => ({ from, to, kind: data.kinds[kind], by }));
    for (const edge of this.edges) {
      this.flows[edge.from].starts.push(edge);
      this.flows[edge.to].startedBy.push(edge);
    }
  }

  #flow(flow, index, data) {
    const namespace = data.namespaces[flow.namespace];
    const path = flow.path === undefined ? null : data.paths[flow.path];
    const findings = (flow.findings ?? []).map((finding) => located(finding, data));
    const environment = flow.environment ?? null;
    const name = namespace ? `${namespace}.${flow.id}` : flow.id;
    const words = [name, path, environment, ...findings.map((finding) => finding.rule)];
    return {
      index,
      name,
      namespace,
      path,
      environment,
      findings,
      id: flow.id,
      line: flow.line,
      disabled: Boolean(flow.disabled),
      missing: Boolean(flow.missing),
      x: flow.x,
      y: flow.y,
      worst: SEVERITIES.find((severity) => findings.some((finding) => finding.severity === severity)) ?? null,
      text: words.filter(Boolean).join("\n").toLowerCase(),
      starts: [],
      startedBy: [],
    };
  }

  // Flows of which each word is found somewhere; names that begin with the query come first.
  search(query) {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length === 0) return [];
    const found = this.flows.filter((flow) => words.every((word) => flow.text.includes(word)));
    const rank = (flow) => {
      const id = flow.id.toLowerCase();
      if (id === words[0]) return 0;
      if (id.startsWith(words[0])) return 1;
      return flow.name.toLowerCase().includes(words[0]) ? 2 : 3;
    };
    return found
      .map((flow) => ({ flow, rank: rank(flow) }))
      .sort((one, other) => one.rank - other.rank || one.flow.index - other.flow.index)
      .map(({ flow }) => flow);
  }

  byName(name) {
    return this.flows.find((flow) => flow.name === name) ?? null;
  }

  // The edges on the ways from a flow and to it: one step, or all.
  reach(flow, allSteps) {
    const follow = (edgesOf, end) => {
      const edges = new Set();
      const seen = new Set([flow.index]);
      const pending = [flow];
      while (pending.length > 0) {
        for (const edge of edgesOf(pending.pop())) {
          edges.add(edge);
          const next = end(edge);
          if (allSteps && !seen.has(next)) {
            seen.add(next);
            pending.push(this.flows[next]);
          }
        }
      }
      return edges;
    };
    const starts = follow((one) => one.starts, (edge) => edge.to);
    const startedBy = follow((one) => one.startedBy, (edge) => edge.from);
    const flows = new Set([flow.index]);
    for (const edge of [...starts, ...startedBy]) flows.add(edge.from).add(edge.to);
    return { starts, startedBy, flows };
  }

  countOf(severity) {
    const count = (findings) => findings.filter((finding) => finding.severity === severity).length;
    return this.flows.reduce((sum, flow) => sum + count(flow.findings), count(this.otherFindings));
  }
}

function located(finding, data) {
  return { ...finding, path: data.paths[finding.path] };
}
