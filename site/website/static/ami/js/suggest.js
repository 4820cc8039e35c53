// Offers what the school has while somebody types into <input list data-suggest="address">.
(() => {
  const pending = new WeakMap();

  async function offer(input) {
    pending.get(input)?.abort();
    const text = input.value.trim();
    if (text.length < 2) return;
    const asked = new AbortController();
    pending.set(input, asked);
    const url = `${input.dataset.suggest}?${new URLSearchParams({ q: text })}`;
    try {
      const answer = await fetch(url, { signal: asked.signal });
      if (!answer.ok) return;
      const { found } = await answer.json();
      input.list.replaceChildren(
        ...found.map(({ value, label }) => {
          const option = document.createElement("option");
          option.value = value;
          option.label = label;
          return option;
        }),
      );
    } catch (error) {
      if (error.name !== "AbortError") return; // no offers: the field works without them
    }
  }

  let timer;
  document.addEventListener("input", ({ target }) => {
    if (!(target instanceof HTMLInputElement) || !target.dataset.suggest) return;
    clearTimeout(timer);
    timer = setTimeout(() => offer(target), 200);
  });
})();
