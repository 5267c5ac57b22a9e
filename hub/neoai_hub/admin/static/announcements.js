// An announcement that was dismissed in this browser is not shown in it again.
(() => {
  'use strict';
  const KEY = 'neoai-dismissed';
  const MOST = 100;
  let dismissed = [];
  try {
    dismissed = JSON.parse(localStorage.getItem(KEY)) || [];
  } catch {
    // no storage, or nothing of ours in it: all are shown
  }
  for (const told of document.querySelectorAll('[data-announcement]')) {
    const id = told.dataset.announcement;
    if (dismissed.includes(id)) {
      told.remove();
      continue;
    }
    told.querySelector('button').addEventListener('click', () => {
      told.remove();
      dismissed = [...dismissed, id].slice(-MOST);
      try {
        localStorage.setItem(KEY, JSON.stringify(dismissed));
      } catch {
        // it comes back with the next page
      }
    });
  }
})();
