// The side panel: what there is to say of the whole, of one flow, or of a search. Texts of flows become text
// nodes, never markup.

const MOST_ROWS = 100;

class Panel {
  constructor(graph, element) {
    this.graph = graph;
    this.element = element;
    this.onSelect = () => {};
    this.onCategory = () => {};
  }

  overview(categoryList, chosen) {
    const { flows, edges, otherFindings } = this.graph;
    const missing = flows.filter((flow) => flow.missing).length;
    const parts = [make("h2", {}, counted(flows.length - missing, "flow"))];
    const facts = [counted(edges.length, "connection")];
    if (missing > 0) facts.push(`${counted(missing, "flow")} not in the repository`);
    parts.push(make("p", { className: "faint" }, facts.join(", ")));
    parts.push(this.#counts());
    const rows = categoryList.map((category) => {
      const row = this.#row(category.label, counted(category.flows.length, "flow"), () => this.onCategory(category));
      row.setAttribute("aria-pressed", String(category.label === chosen?.label));
      row.prepend(swatch(category.colour));
      return row;
    });
    parts.push(...section("Colours", rows), this.#strokes());
    const top = (key) =>
      flows.filter((flow) => key(flow) > 0).sort((one, other) => key(other) - key(one) || one.index - other.index);
    const callers = (flow) => flow.startedBy.length;
    const found = (flow) => flow.findings.length;
    parts.push(...section("Started by most", this.#flowRows(top(callers).slice(0, 8), (flow) => String(callers(flow)))));
    parts.push(...section("Most findings", this.#flowRows(top(found).slice(0, 8), () => "")));
    parts.push(...section("Findings that are no flow's", otherFindings.slice(0, MOST_ROWS).map((one) => this.#finding(one))));
    parts.push(this.#keys());
    this.#show(parts);
  }

  flow(flow) {
    const facts = make("dl");
    const fact = (term, text) => facts.append(make("dt", {}, term), make("dd", {}, text));
    if (flow.path) fact("File", flow.line ? `${flow.path}:${flow.line}` : flow.path);
    if (flow.environment) fact("Environment", flow.environment);
    if (flow.missing) fact("State", "named, but not in the repository");
    else if (flow.disabled) fact("State", "disabled");
    const parts = [make("h2", {}, flow.id), make("p", { className: "faint" }, flow.namespace || "no namespace"), facts];
    parts.push(...section(`Findings (${flow.findings.length})`, flow.findings.map((one) => this.#finding(one))));
    parts.push(...this.#connections("Starts", flow.starts, "to"));
    parts.push(...this.#connections("Started by", flow.startedBy, "from"));
    if (flow.starts.length + flow.startedBy.length === 0) {
      parts.push(make("p", { className: "faint" }, "It starts no other flow, and none starts it."));
    }
    this.#show(parts);
  }

  results(found, active) {
    const list = make("ul", { id: "results", role: "listbox" });
    list.setAttribute("aria-label", "Found flows");
    found.slice(0, MOST_ROWS).forEach((flow, index) => {
      const row = this.#flowRow(flow, "");
      row.id = `result-${index}`;
      row.tabIndex = -1;
      row.setAttribute("role", "option");
      row.setAttribute("aria-selected", String(index === active));
      const item = make("li", { role: "presentation" });
      item.append(row);
      list.append(item);
    });
    const more = found.length > MOST_ROWS ? `, the first ${MOST_ROWS} shown` : "";
    this.#show([make("h2", {}, `${counted(found.length, "flow")} found${more}`), list]);
    list.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }

  #show(parts) {
    this.element.replaceChildren(...parts);
    this.element.scrollTop = 0;
  }

  #counts() {
    const line = make("p");
    for (const severity of SEVERITIES) {
      const count = this.graph.countOf(severity);
      if (count === 0) continue;
      const badge = make("span", { className: `badge ${severity}` }, counted(count, severity));
      line.append(badge, " ");
    }
    return line;
  }

  #connections(title, edges, end) {
    const rows = edges.map((edge) => {
      const word = EDGE_WORDS[edge.kind] ?? edge.kind;
      return this.#flowRow(this.graph.flows[edge[end]], edge.by ? `${word} · ${edge.by}` : word);
    });
    return section(`${title} (${edges.length})`, rows);
  }

  #flowRows(flows, note) {
    return flows.map((flow) => this.#flowRow(flow, note(flow)));
  }

  #flowRow(flow, note) {
    const row = this.#row(flow.name, note, () => this.onSelect(flow));
    if (flow.worst) row.append(make("span", { className: `badge ${flow.worst}` }, String(flow.findings.length)));
    return row;
  }

  #row(text, note, action) {
    const row = make("button", { className: "row", type: "button" });
    row.append(make("span", { className: "name" }, text));
    if (note) row.append(make("span", { className: "faint" }, note));
    row.addEventListener("click", action);
    return row;
  }

  #finding(finding) {
    const box = make("div", { className: `finding ${finding.severity}` });
    const page = this.graph.rules[finding.rule];
    const rule = page
      ? make("a", { href: page, target: "_blank", rel: "noreferrer" }, finding.rule)
      : make("span", {}, finding.rule);
    const source = make("p", { className: "faint" }, `${finding.severity} · `);
    source.append(rule, " · ", ...breakable(`${finding.path}:${finding.line}`));
    box.append(make("p", {}, finding.message), source);
    return box;
  }

  #strokes() {
    const text = "Solid line: a task starts the flow. Dashed line: a Flow trigger, when the other ends. " +
      "Dashed box: not in the repository. Number: findings, in the colour of the worst.";
    return make("p", { className: "faint" }, text);
  }

  #keys() {
    const line = make("p", { className: "faint" });
    const keys = [["/", "search"], ["←→", "started by, starts"], ["↑↓", "above, below"], ["+ − 0", "zoom"], ["Esc", "clear"]];
    for (const [key, meaning] of keys) line.append(make("kbd", {}, key), ` ${meaning}  `);
    return line;
  }
}

function make(tag, properties = {}, text = null) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "role") element.setAttribute(name, value);
    else element[name] = value;
  }
  if (text !== null) element.append(...breakable(text));
  return element;
}

// The text, with places where a line may break: behind the dots and strokes of names and paths.
function breakable(text) {
  return text.split(/(?<=[./_])(?=\S)/).flatMap((part, index) => (index > 0 ? [document.createElement("wbr"), part] : [part]));
}

// A heading with a list; nothing where the list is empty. Long lists are shown in part at first.
function section(title, rows) {
  if (rows.length === 0) return [];
  const list = make("ul");
  const add = (some) => {
    for (const row of some) {
      const item = make("li");
      item.append(row);
      list.append(item);
    }
  };
  add(rows.slice(0, MOST_ROWS));
  const parts = [make("h3", {}, title), list];
  if (rows.length > MOST_ROWS) {
    const more = make("button", { className: "row", type: "button" }, `${rows.length - MOST_ROWS} more`);
    more.addEventListener("click", () => {
      add(rows.slice(MOST_ROWS));
      more.remove();
    });
    parts.push(more);
  }
  return parts;
}

function swatch(colour) {
  const square = make("span", { className: "swatch" });
  square.style.background = colour;
  return square;
}
