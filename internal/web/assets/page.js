// The page works without this file. With it a filter answers while it is typed,
// and the next object comes without a new page.
"use strict";
(() => {
  // A review that runs: what it does at the moment, and its page when it is done.
  if (document.body.dataset.events) {
    const events = new EventSource(document.body.dataset.events);
    events.onmessage = (e) => {
      const step = JSON.parse(e.data);
      document.getElementById("step").textContent = step.text;
      if (!step.done) return;
      events.close();
      location.reload();
    };
    return;
  }

  const file = document.body.classList.contains("file");
  const $ = (s, in_ = document) => in_.querySelector(s);
  const all = (s, in_ = document) => [...in_.querySelectorAll(s)];
  const form = $(".filter");
  const quiet = () => all(".list a.go").filter((a) => a.offsetParent !== null);

  // The chosen view is remembered in this browser alone.
  const remember = () => {
    try {
      const split = $("#split");
      if (split && localStorage.getItem("seaworthy-view") === "split") split.checked = true;
    } catch { /* a browser may forbid it */ }
  };
  document.addEventListener("change", (e) => {
    if (e.target.name !== "view") return;
    try { localStorage.setItem("seaworthy-view", e.target.id); } catch { /* as above */ }
  });
  remember();

  const current = (a) => {
    all(".list [aria-current]").forEach((x) => x.removeAttribute("aria-current"));
    if (!a) return;
    a.setAttribute("aria-current", "true");
    a.scrollIntoView({ block: "nearest" });
  };

  let asked = 0;
  const fetchPart = async (href, part) => {
    const mine = ++asked;
    const url = new URL(href, location.href);
    url.searchParams.set("part", part);
    const answer = await fetch(url, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) { location.href = href; return null; }
    const text = await answer.text();
    return mine === asked ? text : null;
  };

  const open = async (a) => {
    current(a);
    if (file) { location.hash = new URL(a.href).hash; return; }
    const text = await fetchPart(a.href, "object");
    if (text === null) return;
    const split = $("#split") && $("#split").checked;
    $("#object").innerHTML = text;
    if ($("#split")) $("#split").checked = split;
    history.pushState(null, "", a.href);
    if (matchMedia("(max-width: 60rem)").matches) $("#object").scrollIntoView();
  };

  document.addEventListener("click", (e) => {
    const a = e.target.closest("a.go, a.full");
    if (!a || e.ctrlKey || e.metaKey || e.shiftKey || e.button !== 0 || file) return;
    e.preventDefault();
    open($(`.list a.go[data-object="${a.dataset.object}"]`) || a);
  });
  if (!file) addEventListener("popstate", () => location.reload());

  // Filters: the server's list, or in a file the rows that are there.
  const chosen = { cluster: "", target: "" };
  const narrow = () => {
    const v = new FormData(form);
    const text = (v.get("q") || "").toLowerCase();
    let shown = 0;
    for (const a of all(".list a.go")) {
      const d = a.dataset;
      const has = (list, value, by) => !value || list.split(by).includes(value);
      const ok = (!text || a.textContent.toLowerCase().includes(text)) && (!v.get("kind") || d.kind === v.get("kind")) && (!v.get("change") || d.change === v.get("change")) &&
        has(d.severity, v.get("severity"), " ") && has(d.status, v.get("status"), " ") && has(d.targets, chosen.target, " ") && has(d.clusters, chosen.cluster, "\n");
      a.parentElement.hidden = false;
      a.hidden = !ok;
      if (ok) shown++;
    }
    for (const li of all(".list > ul > li")) li.hidden = !all("a.go", li).some((a) => !a.hidden);
    const head = $(".list h2");
    head.dataset.text ||= head.textContent;
    head.textContent = head.dataset.text + (shown < all(".list a.go").length ? ` · ${shown} shown` : "");
  };
  let timer = 0;
  const filter = () => {
    if (file) { narrow(); return; }
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const href = "?" + new URLSearchParams([...new FormData(form)].filter(([, x]) => x));
      const text = await fetchPart(href, "list");
      if (text === null) return;
      $("#list").innerHTML = text;
      history.replaceState(null, "", href);
    }, 150);
  };
  if (form) {
    form.addEventListener("input", filter);
    form.addEventListener("submit", (e) => { e.preventDefault(); filter(); });
    $("button", form).hidden = true;
  }
  if (file) {
    document.addEventListener("click", (e) => {
      const a = e.target.closest(".nav a");
      if (!a) return;
      e.preventDefault();
      const on = a.getAttribute("aria-current") === "true";
      all(".nav [aria-current]").forEach((x) => x.removeAttribute("aria-current"));
      chosen.cluster = on ? "" : a.dataset.cluster || "";
      chosen.target = on ? "" : a.dataset.target || "";
      if (!on) a.setAttribute("aria-current", "true");
      narrow();
    });
    const follow = () => { const a = $(`.list a.go[href="${location.hash}"]`); if (a) current(a); };
    addEventListener("hashchange", follow);
    follow();
  }

  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest("input:not([type=radio]), select, textarea")) return;
    const step = { j: 1, k: -1 }[e.key];
    if (step) {
      const rows = quiet();
      const at = rows.findIndex((a) => a.getAttribute("aria-current") === "true");
      const next = rows[at < 0 ? 0 : at + step];
      if (next) { next.focus({ preventScroll: true }); open(next); }
    } else if (e.key === "/" && form) {
      e.preventDefault(); // a browser may search by it
      addEventListener("keyup", () => $("input", form).focus(), { once: true }); // else the letter is typed there
    } else if (e.key === "s" && $("#split")) {
      const next = $("#split").checked ? $("#unified") : $("#split");
      next.click();
    } else if (e.key === "o") {
      const folds = all("#object .fold").filter((f) => f.offsetParent !== null && f.tagName === "DETAILS");
      const to = folds.some((f) => !f.open);
      folds.forEach((f) => { f.open = to; });
    } else if (e.key === "?") {
      $("#keys").showModal();
    }
  });
})();
