// A chart around a table that stands without it. The drawing lives in a shadow root: htmx and the page's policy never meet it.

let library = null;

const load = (address) => library ??= new Promise((resolve, reject) => {
  const script = document.createElement("script");
  script.src = address;
  script.onload = () => resolve(window.echarts);
  script.onerror = () => reject(new Error("The chart library could not be fetched."));
  document.head.append(script);
});

class Chart extends HTMLElement {
  #internals = this.attachInternals();
  #root = this.attachShadow({ mode: "open" });
  #canvas = document.createElement("div");
  #chart = null;
  #watch = new MutationObserver(() => this.#draw());
  #size = new ResizeObserver(() => this.#chart?.resize());
  #repaint = () => this.#draw();

  constructor() {
    super();
    this.#canvas.part = "canvas";
    this.#root.append(this.#canvas, document.createElement("slot"));
  }

  connectedCallback() {
    this.#watch.observe(this, { childList: true, subtree: true, characterData: true });
    document.addEventListener("g:theme", this.#repaint);
    this.closest("figure")?.addEventListener("click", this.#toggle);
    load(this.getAttribute("library")).then((echarts) => {
      if (!this.isConnected || this.#chart) return;
      this.#internals.states.add("chart");
      this.#canvas.setAttribute("aria-hidden", "true");
      this.#chart = echarts.init(this.#canvas, null, { renderer: "canvas" });
      this.#chart.on("datazoom", () => this.#offerWhole());
      this.#size.observe(this.#canvas);
      this.#draw();
    }).catch(() => {});
  }

  disconnectedCallback() {
    this.#watch.disconnect();
    this.#size.disconnect();
    document.removeEventListener("g:theme", this.#repaint);
    this.closest("figure")?.removeEventListener("click", this.#toggle);
    this.#chart?.dispose();
    this.#chart = null;
    this.#internals.states.clear();
  }

  #toggle = (event) => {
    if (event.target.closest("[data-chart-whole]")) this.#draw();
    const button = event.target.closest("[data-chart-view]");
    if (!button || !this.#chart) return;
    const table = this.#internals.states.has("chart");
    this.#internals.states[table ? "delete" : "add"]("chart");
    this.#internals.states[table ? "add" : "delete"]("table");
    button.setAttribute("aria-pressed", String(table));
    this.#chart.resize();
  };

  #read() {
    const table = this.querySelector("table");
    const names = [...table.tHead.rows[0].cells].slice(1).map((cell) => cell.textContent.trim());
    const rows = [...table.tBodies[0].rows];
    return {
      moments: rows.map((row) => row.cells[0].textContent.trim()),
      series: names.map((name, place) => ({ name, data: rows.map((row) => Number(row.cells[place + 1].dataset.value)) })),
    };
  }

  #token(name) {
    // The canvas does not know light-dark(); a colour that was computed is one it can read.
    this.#canvas.style.color = `var(--${name})`;
    const colour = getComputedStyle(this.#canvas).color;
    this.#canvas.style.color = "";
    const paint = new OffscreenCanvas(1, 1).getContext("2d");
    paint.fillStyle = colour;
    paint.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = paint.getImageData(0, 0, 1, 1).data;
    return `rgba(${r}, ${g}, ${b}, ${a / 255})`;
  }

  #offerWhole() {
    const zoomed = this.#chart.getOption().dataZoom?.some(({ start, end }) => end - start < 99.9);
    this.closest("figure")?.querySelector("[data-chart-whole]")?.toggleAttribute("hidden", !zoomed);
  }

  #draw() {
    if (!this.#chart) return;
    this.#chart.setOption(options(this.#read(), (name) => this.#token(name), this), { notMerge: true });
    this.#chart.dispatchAction({ type: "takeGlobalCursor", key: "dataZoomSelect", dataZoomSelectActive: true });
    this.#offerWhole();
  }
}

const options = ({ moments, series }, token, element) => {
  const kind = element.getAttribute("kind");
  const text = { color: token("ink-3"), fontFamily: getComputedStyle(element).fontFamily, fontSize: 12 };
  const area = kind !== "area" ? undefined : series.length > 1 ? { opacity: 0.35 } : { color: token("accent-wash"), opacity: 1 };
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const marks = ["circle", "triangle", "rect", "diamond", "pin", "arrow", "roundRect", "emptyCircle"];
  return {
    animationDuration: calm ? 0 : 200,
    animationDurationUpdate: calm ? 0 : 200,
    aria: { enabled: false },
    color: series.map((_, place) => token(`series-${(place % 8) + 1}`)),
    grid: { top: series.length > 1 ? 36 : 12, right: 8, bottom: 4, left: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
    legend: series.length > 1 ? { top: 0, left: 0, itemHeight: 8, itemWidth: 16, textStyle: { ...text, color: token("ink-2") } } : undefined,
    tooltip: {
      trigger: "axis", renderMode: "richText", confine: true, backgroundColor: token("sheet"), borderColor: token("line-strong"),
      textStyle: { ...text, color: token("ink-1") }, axisPointer: { lineStyle: { color: token("line-strong") } },
      valueFormatter: (value) => value.toLocaleString(),
    },
    toolbox: { show: true, itemSize: 0, feature: { dataZoom: { yAxisIndex: "none", brushStyle: { color: token("accent-wash"), opacity: 0.6 } } } },
    xAxis: {
      type: "category", data: moments, boundaryGap: kind === "bar", axisTick: { show: false },
      axisLine: { lineStyle: { color: token("line-strong") } }, axisLabel: { ...text, hideOverlap: true, alignMinLabel: "left", alignMaxLabel: "right" },
    },
    yAxis: { type: "value", splitNumber: 3, axisLabel: { ...text, formatter: (value) => value.toLocaleString() }, splitLine: { lineStyle: { color: token("line") } } },
    series: series.map((line, place) => ({
      ...line,
      type: kind === "bar" ? "bar" : "line",
      stack: element.hasAttribute("stacked") ? "all" : undefined,
      symbol: marks[place % 8], symbolSize: 6, showSymbol: series.length > 1 && moments.length < 40,
      lineStyle: { width: 2 }, barMaxWidth: 24,
      areaStyle: area, emphasis: { areaStyle: area, lineStyle: { width: 2 } },
    })),
  };
};

customElements.define("g-chart", Chart);
