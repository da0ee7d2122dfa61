// Puts the page together: what is selected, searched for and coloured, and by which key.

class Page {
  constructor(graph) {
    this.graph = graph;
    this.view = new View(graph, byId("stage"));
    this.panel = new Panel(graph, byId("panel"));
    this.search = byId("search");
    this.selected = null;
    this.category = null;
    this.found = null;
    this.active = 0;
    this.view.onSelect = (flow) => this.select(flow);
    this.panel.onSelect = (flow) => this.select(flow, { move: true });
    this.panel.onCategory = (category) => this.chooseCategory(category);
    const present = graph.flows.filter((flow) => !flow.missing).length;
    byId("title").textContent = counted(present, "flow");
    document.title = `${counted(present, "flow")} · kestralint graph`;
    const hasEnvironments = graph.flows.some((flow) => flow.environment);
    byId("colouring").value = hasEnvironments ? "environment" : "namespace";
    this.#listen();
    this.colour();
    this.#selectByAddress();
  }

  select(flow, { move = false } = {}) {
    this.selected = flow;
    this.category = null;
    this.#endSearch();
    this.#refresh();
    if (flow && move) this.view.reveal(flow);
    const address = flow ? `#${encodeURIComponent(flow.name)}` : "#";
    if (location.hash !== address) history.replaceState(null, "", address);
    byId("announcement").textContent = flow ? this.#spoken(flow) : "";
  }

  chooseCategory(category) {
    const isSame = this.category?.label === category.label;
    this.selected = null;
    this.category = isSame ? null : category;
    this.#refresh();
  }

  colour() {
    const theme = themeColours();
    this.categories = categories(this.graph, byId("colouring").value, theme);
    const colours = new Array(this.graph.flows.length);
    for (const { colour, flows } of this.categories) {
      for (const flow of flows) colours[flow.index] = colour;
    }
    this.view.dress(colours, theme);
    this.category = null;
    this.#refresh();
  }

  #refresh() {
    const { selected, found, category } = this;
    if (found) {
      this.view.highlight(null, { flows: new Set(found.map((flow) => flow.index)) });
      this.panel.results(found, this.active);
    } else if (selected) {
      this.view.highlight(selected, this.graph.reach(selected, byId("reach").checked));
      this.panel.flow(selected);
    } else {
      const focus = category && { flows: new Set(category.flows.map((flow) => flow.index)) };
      this.view.highlight(null, focus);
      this.panel.overview(this.categories, category);
    }
  }

  #spoken(flow) {
    const findings = flow.findings.length > 0 ? `, ${counted(flow.findings.length, "finding")}` : "";
    return `${flow.name}: starts ${flow.starts.length}, started by ${flow.startedBy.length}${findings}`;
  }

  #endSearch() {
    this.found = null;
    this.search.value = "";
    this.search.setAttribute("aria-expanded", "false");
    this.search.removeAttribute("aria-activedescendant");
  }

  #selectByAddress() {
    const flow = this.graph.byName(decodeURIComponent(location.hash.slice(1)));
    if (flow) this.select(flow, { move: true });
  }

  #listen() {
    this.search.addEventListener("input", () => {
      const query = this.search.value.trim();
      this.found = query ? this.graph.search(query) : null;
      this.active = 0;
      this.search.setAttribute("aria-expanded", String(Boolean(this.found)));
      this.#activate(0);
    });
    this.search.addEventListener("keydown", (event) => this.#searchKey(event));
    byId("colouring").addEventListener("change", () => this.colour());
    byId("reach").addEventListener("change", () => this.#refresh());
    byId("zoom-in").addEventListener("click", () => this.view.zoom(1.4));
    byId("zoom-out").addEventListener("click", () => this.view.zoom(1 / 1.4));
    byId("fit").addEventListener("click", () => this.view.fit());
    byId("theme").addEventListener("click", () => this.#changeTheme());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.colour());
    window.addEventListener("hashchange", () => this.#selectByAddress());
    document.addEventListener("keydown", (event) => this.#key(event));
  }

  #changeTheme() {
    const root = document.documentElement;
    const isDark = root.dataset.theme
      ? root.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = isDark ? "light" : "dark";
    this.colour();
  }

  #activate(index) {
    const last = Math.min(this.found?.length ?? 0, MOST_ROWS) - 1;
    this.active = Math.max(0, Math.min(index, last));
    this.#refresh();
    if (last >= 0) this.search.setAttribute("aria-activedescendant", `result-${this.active}`);
    else this.search.removeAttribute("aria-activedescendant");
  }

  #searchKey(event) {
    if (!this.found) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      this.#activate(this.active + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && this.found[this.active]) {
      this.select(this.found[this.active], { move: true });
      this.view.flowCanvas.focus();
    }
  }

  #key(event) {
    if (event.key === "Escape") {
      this.select(null);
      return;
    }
    const isWriting = event.target.matches("input, select");
    if (isWriting || event.ctrlKey || event.metaKey || event.altKey) return;
    const onCanvas = event.target === this.view.flowCanvas || event.target === document.body;
    if (event.key === "/") this.search.focus();
    else if (event.key === "+" || event.key === "=") this.view.zoom(1.4);
    else if (event.key === "-") this.view.zoom(1 / 1.4);
    else if (event.key === "0") this.view.fit();
    else if (onCanvas && event.key === "Enter") byId("panel").focus();
    else if (onCanvas && event.key.startsWith("Arrow")) {
      const next = this.view.neighbour(event.key);
      if (next) this.select(next, { move: true });
    } else return;
    event.preventDefault();
  }
}

function byId(id) {
  return document.getElementById(id);
}

new Page(new Graph(JSON.parse(byId("data").textContent)));
