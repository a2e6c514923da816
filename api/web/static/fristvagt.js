// Keeps the worklist fresh: at once when an alert moves, and every minute. Without it the page works all the same.
(() => {
  const MINUTE = 60_000;
  const PAUSE = 3_000; // at most one refresh in this time, however many alerts move
  let last = 0;
  let planned = null;

  const list = () => document.getElementById("arbejdsliste");
  const wanted = () => document.getElementById("automatisk")?.checked && !document.hidden;

  function refresh() {
    planned = null;
    if (!list() || !wanted()) return;
    last = Date.now();
    htmx.trigger(list(), "opdater");
  }

  function soon() {
    if (planned === null) planned = setTimeout(refresh, Math.max(0, last + PAUSE - Date.now()));
  }

  // A screen reader hears that the list changed, not the whole list.
  function tell(before) {
    const now = list()?.dataset.antal;
    const said = document.getElementById("besked");
    if (said && now !== undefined && now !== before) said.textContent = `Listen er opdateret: ${now} frister`;
  }

  document.addEventListener("DOMContentLoaded", () => {
    window.DKFDS?.init();
    if (!list()) return;
    let before = list().dataset.antal;
    document.documentElement.classList.add("fv-live");
    const news = document.getElementById("nyheder");
    news.addEventListener("alert", soon);
    news.addEventListener("reset", soon);
    document.addEventListener("visibilitychange", () => document.hidden || soon());
    document.addEventListener("htmx:after:swap", () => {
      tell(before);
      before = list()?.dataset.antal;
    });
    setInterval(soon, MINUTE);
  });
})();
