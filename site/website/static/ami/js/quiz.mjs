// The clock of a quiz with a time limit. The server keeps the time: this only shows it,
// says aloud the few moments that matter and sends the answers when it is over.

const CALLS = [600, 300, 120, 60, 30]; // seconds left that are spoken
const ends = new WeakMap();

function words(call, seconds) {
  if (seconds === 30) return call.dataset.last;
  return seconds === 60 ? call.dataset.one : call.dataset.many.replace("%n", seconds / 60);
}

function tick(clock) {
  if (!ends.has(clock)) ends.set(clock, { at: Date.now() + clock.dataset.quizClock * 1000, last: Infinity });
  const state = ends.get(clock);
  const left = Math.max(Math.ceil((state.at - Date.now()) / 1000), 0);
  if (left === state.last) return;
  const quiz = clock.closest(".quiz");
  const call = quiz.querySelector("[data-quiz-call]");
  const due = CALLS.findLast((moment) => left <= moment && moment < state.last);
  if (due && state.last !== Infinity) call.textContent = words(call, due);
  state.last = left;
  clock.querySelector("[data-quiz-left]").textContent =
    `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  clock.classList.toggle("quiz-clock-last", left <= 60);
  if (left === 0) {
    call.textContent = call.dataset.over;
    const form = quiz.querySelector("form[id^='quiz-form-']");
    form.noValidate = true;
    form.requestSubmit();
  }
}

setInterval(() => document.querySelectorAll("[data-quiz-clock]").forEach(tick), 500);
