// The transcript beside a video: a click jumps, the current line is marked, a field searches.

function plain(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

function follow(figure, list, links) {
  let current = null;
  figure.addEventListener("lesson:time", ({ detail: second }) => {
    const line = links.findLast((one) => Number(one.dataset.second) <= second + 0.5) ?? null;
    if (line === current) return;
    current?.removeAttribute("aria-current");
    current = line;
    if (!line) return;
    line.setAttribute("aria-current", "true");
    const { offsetTop, offsetHeight } = line;
    if (offsetTop < list.scrollTop || offsetTop + offsetHeight > list.scrollTop + list.clientHeight) {
      list.scrollTop = offsetTop - list.clientHeight / 3;
    }
  });
}

function searchField(details, list, links) {
  const label = document.createElement("label");
  const field = document.createElement("input");
  const count = document.createElement("output");
  label.className = "transcript-search no-print";
  field.type = "search";
  field.setAttribute("aria-label", details.dataset.search);
  field.placeholder = details.dataset.search;
  label.append(field, count);
  list.before(label);
  field.addEventListener("input", () => {
    const words = plain(field.value).split(/\s+/).filter(Boolean);
    let found = 0;
    for (const link of links) {
      const shown = words.every((word) => plain(link.textContent).includes(word));
      link.closest("li").hidden = !shown;
      found += shown;
    }
    count.textContent = words.length ? `${details.dataset.found} ${found}` : "";
  });
}

for (const details of document.querySelectorAll("[data-transcript]")) {
  const figure = details.closest("[data-media]");
  const list = details.querySelector("ol");
  const links = [...list.querySelectorAll("a[data-second]")];
  list.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-second]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    figure.dispatchEvent(new CustomEvent("lesson:jump", { detail: Number(link.dataset.second) }));
  });
  follow(figure, list, links);
  searchField(details, list, links);
}

// Printed pages show everything that opens and closes.
const closed = [];
addEventListener("beforeprint", () => {
  for (const one of document.querySelectorAll(".lesson details:not([open])")) {
    one.open = true;
    closed.push(one);
  }
});
addEventListener("afterprint", () => { while (closed.length) closed.pop().open = false; });
