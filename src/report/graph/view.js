// Draws the flows and lets people move about. Edges have a canvas of their own below that of the flows: while a
// large graph is moved, the browser moves the picture of the edges, and they are drawn anew when it rests.

const WIDTH = 190;
const HEIGHT = 28;
// Below this scale names cannot be read, and flows are plain boxes.
const READABLE = 0.42;
const LARGEST_SCALE = 3;
// Scenes of more visible edges are drawn anew only when they rest.
const MANY_EDGES = 1500;
const REST = 140;
// More edges of a selected flow than these are drawn thinner.
const FEW_EDGES = 60;

class View {
  constructor(graph, stage) {
    this.graph = graph;
    this.stage = stage;
    this.edgeCanvas = stage.querySelector("#edges");
    this.flowCanvas = stage.querySelector("#flows");
    this.camera = { x: 0, y: 0, scale: 1 };
    this.drawnCamera = null;
    this.colours = [];
    this.selected = null;
    this.focus = null;
    this.hovered = null;
    this.labels = new Map();
    this.curves = graph.edges.map((edge) => curve(graph.flows[edge.from], graph.flows[edge.to]));
    this.bounds = boundsOf(graph.flows);
    this.onSelect = () => {};
    this.#listen();
    new ResizeObserver(() => this.#resize()).observe(stage);
    this.#resize();
    this.fit();
  }

  // Colours by flow, and those of the theme.
  dress(colours, theme) {
    this.colours = colours;
    this.theme = theme;
    this.redraw();
  }

  // Shows a flow with what it starts and what starts it, or the flows of a set, or all alike.
  highlight(selected, focus) {
    this.selected = selected;
    this.focus = focus;
    this.stage.toggleAttribute("data-focus", focus !== null);
    this.#request();
  }

  fit() {
    const { left, top, right, bottom } = this.bounds;
    const scale = Math.min(this.width / (right - left + 80), this.height / (bottom - top + 80), 1.2);
    this.smallest = Math.min(scale / 2, 0.2);
    this.#look((left + right) / 2, (top + bottom) / 2, scale);
  }

  // Brings a flow to the middle, near enough to read.
  show(flow) {
    const scale = Math.max(this.camera.scale, 0.8);
    this.#look(flow.x + WIDTH / 2, flow.y, Math.min(scale, LARGEST_SCALE));
  }

  // As show, unless the flow can be seen and read already.
  reveal(flow) {
    const x = (flow.x - this.camera.x) * this.camera.scale;
    const y = (flow.y - this.camera.y) * this.camera.scale;
    const right = x + WIDTH * this.camera.scale;
    const isSeen = x > 10 && right < this.width - 10 && y > 20 && y < this.height - 20;
    if (!isSeen || this.camera.scale < READABLE) this.show(flow);
  }

  zoom(factor, x = this.width / 2, y = this.height / 2) {
    const { camera } = this;
    const scale = Math.min(Math.max(camera.scale * factor, this.smallest), LARGEST_SCALE);
    camera.x += x / camera.scale - x / scale;
    camera.y += y / camera.scale - y / scale;
    camera.scale = scale;
    this.#moved();
  }

  pan(x, y) {
    this.camera.x -= x / this.camera.scale;
    this.camera.y -= y / this.camera.scale;
    this.#moved();
  }

  redraw() {
    this.drawnCamera = null;
    this.#request();
  }

  // The flow at a place of the stage.
  flowAt(x, y) {
    const { camera } = this;
    const slack = Math.max(0, 4 / camera.scale - HEIGHT / 4);
    const worldX = x / camera.scale + camera.x;
    const worldY = y / camera.scale + camera.y;
    const hit = (flow) =>
      worldX >= flow.x && worldX <= flow.x + WIDTH && Math.abs(worldY - flow.y) <= HEIGHT / 2 + slack;
    return this.graph.flows.find(hit) ?? null;
  }

  // The flow to which an arrow key leads.
  neighbour(key) {
    const { flows } = this.graph;
    const from = this.selected;
    if (!from) return this.#visibleFlows()[0] ?? flows[0] ?? null;
    const nearest = (candidates) =>
      candidates.reduce((best, flow) => (best && distance(best, from) <= distance(flow, from) ? best : flow), null);
    const others = (edges, end) => edges.map((edge) => flows[edge[end]]).filter((flow) => flow !== from);
    switch (key) {
      case "ArrowRight":
        return nearest(others(from.starts, "to"));
      case "ArrowLeft":
        return nearest(others(from.startedBy, "from"));
      case "ArrowUp":
        return nearest(flows.filter((flow) => flow.y < from.y && Math.abs(flow.x - from.x) < WIDTH / 2));
      default:
        return nearest(flows.filter((flow) => flow.y > from.y && Math.abs(flow.x - from.x) < WIDTH / 2));
    }
  }

  #look(x, y, scale) {
    this.camera = { x: x - this.width / 2 / scale, y: y - this.height / 2 / scale, scale };
    this.#moved();
  }

  #resize() {
    this.width = Math.max(this.stage.clientWidth, 1);
    this.height = Math.max(this.stage.clientHeight, 1);
    this.ratio = Math.min(window.devicePixelRatio || 1, 2);
    for (const canvas of [this.edgeCanvas, this.flowCanvas]) {
      canvas.width = Math.round(this.width * this.ratio);
      canvas.height = Math.round(this.height * this.ratio);
    }
    this.redraw();
  }

  #moved() {
    clearTimeout(this.rest);
    this.rest = setTimeout(() => {
      this.drawnCamera = null;
      this.#request();
    }, REST);
    this.isMoving = true;
    this.#request();
  }

  #request() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      if (this.theme) this.#draw();
    });
  }

  #draw() {
    const { drawnCamera, camera } = this;
    const isHeavy = this.visibleEdges > MANY_EDGES;
    if (drawnCamera === null || (this.isMoving && !isHeavy)) {
      this.#drawEdges();
      this.drawnCamera = { ...camera };
      this.edgeCanvas.style.transform = "";
    } else {
      const scale = camera.scale / drawnCamera.scale;
      const x = (drawnCamera.x - camera.x) * camera.scale;
      const y = (drawnCamera.y - camera.y) * camera.scale;
      this.edgeCanvas.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
    }
    this.isMoving = false;
    this.#drawFlows();
  }

  // A context in the graph's own units, cleared.
  #context(canvas) {
    const context = canvas.getContext("2d");
    const { x, y, scale } = this.camera;
    const zoom = scale * this.ratio;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.setTransform(zoom, 0, 0, zoom, -x * zoom, -y * zoom);
    return context;
  }

  #window() {
    const { x, y, scale } = this.camera;
    return { left: x, top: y, right: x + this.width / scale, bottom: y + this.height / scale };
  }

  #visibleFlows() {
    const { left, top, right, bottom } = this.#window();
    const isVisible = (flow) =>
      flow.x + WIDTH >= left && flow.x <= right && flow.y + HEIGHT >= top && flow.y - HEIGHT <= bottom;
    return this.graph.flows.filter(isVisible);
  }

  #drawEdges() {
    const context = this.#context(this.edgeCanvas);
    const window = this.#window();
    const visible = this.curves.map((one, index) => index).filter((index) => overlaps(this.curves[index], window));
    this.visibleEdges = visible.length;
    const isMany = visible.length > MANY_EDGES;
    const isFar = isMany || this.camera.scale < READABLE;
    context.strokeStyle = this.theme.edge;
    context.globalAlpha = isMany ? 0.28 : 0.75;
    context.lineWidth = (isFar ? 0.7 : 1.2) / this.camera.scale;
    for (const isTrigger of [false, true]) {
      context.setLineDash(isTrigger ? [6, 5] : []);
      context.beginPath();
      for (const index of visible) {
        if ((this.graph.edges[index].kind === "trigger") === isTrigger) trace(context, this.curves[index], isFar);
      }
      context.stroke();
    }
    if (isFar) return;
    context.fillStyle = this.theme.edge;
    for (const index of visible) arrowHead(context, this.curves[index]);
  }

  #drawFlows() {
    const context = this.#context(this.flowCanvas);
    if (this.focus?.starts) {
      this.#drawFocusEdges(context, this.focus.startedBy, this.theme.callers);
      this.#drawFocusEdges(context, this.focus.starts, this.theme.calls);
    }
    const flows = this.#visibleFlows();
    const draw = this.camera.scale < READABLE ? this.#drawFarFlow : this.#drawNearFlow;
    context.font = "13px system-ui, sans-serif";
    context.textBaseline = "middle";
    for (const flow of flows) {
      context.globalAlpha = this.focus && !this.focus.flows.has(flow.index) ? 0.15 : 1;
      draw.call(this, context, flow);
    }
    context.globalAlpha = 1;
    if (this.selected) this.#drawFrame(context, this.selected);
  }

  #drawFocusEdges(context, edges, colour) {
    const isFar = this.camera.scale < READABLE;
    context.strokeStyle = colour;
    context.fillStyle = colour;
    const isMany = edges.size > FEW_EDGES;
    context.lineWidth = (isFar || isMany ? 1.1 : 2) / this.camera.scale;
    context.globalAlpha = isMany ? 0.55 : 1;
    for (const edge of edges) {
      const line = curve(this.graph.flows[edge.from], this.graph.flows[edge.to]);
      context.setLineDash(edge.kind === "trigger" ? [6, 5] : []);
      context.beginPath();
      trace(context, line, false);
      context.stroke();
      if (!isFar) arrowHead(context, line);
    }
    context.setLineDash([]);
  }

  // A box of its colour; findings are a mark at its end, never smaller than can be seen.
  #drawFarFlow(context, flow) {
    const least = 1.5 / this.camera.scale;
    const height = Math.max(HEIGHT, least);
    context.fillStyle = this.colours[flow.index];
    if (flow.missing) {
      context.strokeStyle = this.colours[flow.index];
      context.lineWidth = least / 2;
      context.strokeRect(flow.x, flow.y - height / 2, WIDTH, height);
    } else {
      context.fillRect(flow.x, flow.y - height / 2, WIDTH, height);
    }
    if (flow.worst) {
      const side = Math.max(HEIGHT, 4 / this.camera.scale);
      context.fillStyle = this.theme[flow.worst];
      context.fillRect(flow.x + WIDTH - side, flow.y - side / 2, side, side);
    }
  }

  #drawNearFlow(context, flow) {
    const top = flow.y - HEIGHT / 2;
    const colour = this.colours[flow.index];
    const alpha = context.globalAlpha;
    context.fillStyle = this.theme.surface;
    context.fillRect(flow.x, top, WIDTH, HEIGHT);
    context.globalAlpha = alpha * (flow.missing ? 0.06 : 0.2);
    context.fillStyle = colour;
    context.fillRect(flow.x, top, WIDTH, HEIGHT);
    context.globalAlpha = alpha;
    context.fillRect(flow.x, top, 6, HEIGHT);
    context.strokeStyle = colour;
    context.lineWidth = 1.2;
    context.setLineDash(flow.missing ? [4, 3] : []);
    context.strokeRect(flow.x, top, WIDTH, HEIGHT);
    context.setLineDash([]);
    context.fillStyle = flow.disabled || flow.missing ? this.theme.faint : this.theme.text;
    context.fillText(this.#label(context, flow), flow.x + 13, flow.y + 0.5);
    if (flow.disabled) {
      context.fillRect(flow.x + 13, flow.y, Math.min(context.measureText(flow.id).width, 120), 1);
    }
    if (flow.worst) this.#drawBadge(context, flow);
  }

  #drawBadge(context, flow) {
    const text = String(flow.findings.length);
    const width = 12 + text.length * 7;
    const left = flow.x + WIDTH - width - 5;
    context.fillStyle = this.theme[flow.worst];
    context.beginPath();
    context.roundRect(left, flow.y - 9, width, 18, 9);
    context.fill();
    context.fillStyle = this.theme.surface;
    context.fillText(text, left + 6, flow.y + 0.5);
  }

  #drawFrame(context, flow) {
    const margin = 3 / Math.min(this.camera.scale, 1);
    context.strokeStyle = this.theme.accent;
    context.lineWidth = 2.5 / this.camera.scale;
    context.strokeRect(
      flow.x - margin, flow.y - HEIGHT / 2 - margin, WIDTH + 2 * margin, HEIGHT + 2 * margin,
    );
  }

  // The id, cut where it does not fit.
  #label(context, flow) {
    const known = this.labels.get(flow.index);
    if (known !== undefined) return known;
    const room = WIDTH - 22 - (flow.worst ? 22 + 7 * String(flow.findings.length).length : 0);
    const letters = [...flow.id];
    let kept = letters.length;
    const text = () => (kept < letters.length ? `${letters.slice(0, kept).join("")}…` : flow.id);
    while (kept > 1 && context.measureText(text()).width > room) kept -= 1;
    this.labels.set(flow.index, text());
    return text();
  }

  #listen() {
    const canvas = this.flowCanvas;
    const pointers = new Map();
    let travelled = 0;
    const place = (event) => {
      const { left, top } = this.stage.getBoundingClientRect();
      return { x: event.clientX - left, y: event.clientY - top };
    };
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      const { x, y } = place(event);
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      this.zoom(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0016)), x, y);
    }, { passive: false });
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      pointers.set(event.pointerId, place(event));
      travelled = 0;
    });
    canvas.addEventListener("pointermove", (event) => {
      const now = place(event);
      const before = pointers.get(event.pointerId);
      if (!before) {
        this.#hover(this.flowAt(now.x, now.y), now);
        return;
      }
      pointers.set(event.pointerId, now);
      travelled += Math.abs(now.x - before.x) + Math.abs(now.y - before.y);
      const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
      if (other) {
        const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
        this.zoom(span(now, other) / Math.max(span(before, other), 1), middle.x, middle.y);
        this.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
      } else if (travelled > 4) {
        canvas.classList.add("dragged");
        this.#hover(null);
        this.pan(now.x - before.x, now.y - before.y);
      }
    });
    const release = (event) => {
      const isClick = event.type === "pointerup" && pointers.size === 1 && travelled <= 4;
      pointers.delete(event.pointerId);
      canvas.classList.remove("dragged");
      if (isClick) {
        const { x, y } = place(event);
        this.onSelect(this.flowAt(x, y));
      }
    };
    canvas.addEventListener("pointerup", release);
    canvas.addEventListener("pointercancel", release);
    canvas.addEventListener("pointerleave", () => this.#hover(null));
    canvas.addEventListener("dblclick", (event) => {
      const { x, y } = place(event);
      this.zoom(2, x, y);
    });
  }

  #hover(flow, at) {
    const tip = this.stage.querySelector("#tip");
    this.flowCanvas.classList.toggle("over", flow !== null);
    tip.hidden = flow === null;
    if (flow === null) return;
    if (flow !== this.hovered) {
      this.hovered = flow;
      tip.textContent = flow.name + (flow.findings.length > 0 ? ` · ${counted(flow.findings.length, "finding")}` : "");
    }
    tip.style.left = `${Math.min(at.x + 14, this.width - tip.offsetWidth - 6)}px`;
    tip.style.top = `${Math.min(at.y + 16, this.height - tip.offsetHeight - 6)}px`;
  }
}

function boundsOf(flows) {
  const bounds = { left: 0, top: 0, right: WIDTH, bottom: HEIGHT };
  for (const flow of flows) {
    bounds.right = Math.max(bounds.right, flow.x + WIDTH);
    bounds.bottom = Math.max(bounds.bottom, flow.y + HEIGHT);
  }
  return bounds;
}

// From the right end of one flow to the left end of another; backwards in a bow over both.
function curve(from, to) {
  const [startX, endX] = [from.x + WIDTH, to.x];
  const bend = Math.max(36, Math.abs(endX - startX) / 2.4);
  const lift = endX < startX ? -2 * HEIGHT : 0;
  return {
    startX,
    startY: from.y,
    bendOut: startX + Math.min(bend, 400),
    bendIn: endX - Math.min(bend, 400),
    lift,
    endX,
    endY: to.y,
  };
}

function trace(context, line, isStraight) {
  context.moveTo(line.startX, line.startY);
  if (isStraight) {
    context.lineTo(line.endX, line.endY);
  } else {
    context.bezierCurveTo(
      line.bendOut, line.startY + line.lift, line.bendIn, line.endY + line.lift, line.endX, line.endY,
    );
  }
}

function arrowHead(context, { endX, endY }) {
  context.beginPath();
  context.moveTo(endX, endY);
  context.lineTo(endX - 7, endY - 3.5);
  context.lineTo(endX - 7, endY + 3.5);
  context.fill();
}

function overlaps(line, { left, top, right, bottom }) {
  return (
    Math.max(line.startX, line.endX, line.bendOut) >= left &&
    Math.min(line.startX, line.endX, line.bendIn) <= right &&
    Math.max(line.startY, line.endY) >= top &&
    Math.min(line.startY, line.endY) + line.lift <= bottom
  );
}

function distance(one, other) {
  return Math.abs(one.y - other.y) + Math.abs(one.x - other.x) / 4;
}

function span(one, other) {
  return Math.hypot(one.x - other.x, one.y - other.y);
}

function counted(number, word) {
  return `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;
}
