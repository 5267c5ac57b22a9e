// What was refused is said on the page.
'use strict';
const tell = text => {
  const problem = document.getElementById('problem');
  problem.textContent = text;
  problem.hidden = !text;
  problem.scrollIntoView({ block: 'nearest' });
};
document.addEventListener('htmx:beforeRequest', () => tell(''));
document.addEventListener('htmx:sendError', () => tell('The hub does not answer: try again soon.'));
document.addEventListener('htmx:responseError', event => {
  let text = 'This did not work: load the page anew.';
  try {
    text = JSON.parse(event.detail.xhr.responseText).detail || text;
  } catch {
    // no problem document: the general words say it
  }
  tell(text);
});
