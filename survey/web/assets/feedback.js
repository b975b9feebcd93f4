// A message to an agency is the longest text anybody types here. What was typed is kept on this phone until it is sent,
// half an hour at most; a contact only for as long as this tab is open. Everything works without this script.
(() => {
  const PLACE = 'hai-long letter', LONGEST = 30 * 60 * 1000, AGAIN = 10 * 1000, PATIENCE = 20 * 1000;
  const find = name => document.querySelector(name);
  const attempt = work => {
    try { return work(); } catch (error) {}
  };
  const forget = () => attempt(() => {
    localStorage.removeItem(PLACE);
    sessionStorage.removeItem(PLACE);
  });
  const form = find('#letter');
  // The page of the receipt: what was kept has arrived.
  if (!form) return forget();

  const {kind, text, contact, token} = form.elements;
  const left = find('#left'), line = find('#sending'), send = find('#letter .go');
  const label = send.textContent;
  let ending, waiting, busy = false;

  const save = () => {
    const draft = {at: Date.now(), kind: kind.value, text: text.value, token: token.value};
    clearTimeout(ending);
    if (!draft.text && !contact.value) return forget();
    ending = setTimeout(forget, LONGEST);
    attempt(() => {
      localStorage.setItem(PLACE, JSON.stringify(draft));
      sessionStorage.setItem(PLACE, contact.value);
    });
  };
  const kept = () => attempt(() => {
    const draft = JSON.parse(localStorage.getItem(PLACE));
    if (draft && Date.now() - draft.at < LONGEST) return {...draft, contact: sessionStorage.getItem(PLACE) || ''};
    forget();
    return null;
  });
  // With the token of then: what may have arrived after all is stored once.
  const fill = draft => {
    kind.value = draft.kind;
    text.value = draft.text;
    contact.value = draft.contact;
    token.value = draft.token;
  };
  const empty = () => {
    Array.from(kind).forEach(field => { field.checked = false; });
    text.value = contact.value = '';
  };
  const own = token.value;
  const clear = () => {
    forget();
    empty();
    token.value = own;
    clearTimeout(waiting);
    line.hidden = left.hidden = true;
    form.hidden = false;
  };
  const resume = draft => {
    fill(draft);
    left.hidden = true;
    form.hidden = false;
  };
  // It may be another person's who held this phone: nothing of it is shown before that was asked.
  const ask = draft => {
    empty();
    form.hidden = true;
    left.hidden = false;
    const [, on, anew] = left.children;
    on.onclick = () => {
      resume(draft);
      text.focus();
    };
    anew.onclick = clear;
  };
  const begin = () => {
    // Who only changed the language is nobody else; and what was refused stands in the page already.
    const same = window.name === PLACE;
    window.name = '';
    if (find('#faults')) return save();
    const draft = kept();
    if (draft) same ? resume(draft) : ask(draft);
    else if (draft === null) empty();
  };

  const lock = on => {
    busy = text.readOnly = contact.readOnly = on;
    send.textContent = on ? line.dataset.sending : label;
  };
  const tell = words => {
    line.hidden = false;
    line.textContent = words;
  };
  // Whether we are there is asked first: what fails on its way would leave the browser's own page behind.
  const reach = () => new Promise((done, fail) => {
    setTimeout(fail, PATIENCE);
    fetch(location.href, {method: 'HEAD', credentials: 'omit', cache: 'no-store'}).then(reply => {
      reply.status < 500 && reply.headers.get('Cache-Control') === 'no-store' ? done() : fail();
    }, fail);
  });
  const submit = () => {
    if (busy) return;
    clearTimeout(waiting);
    lock(true);
    tell(line.dataset.sending);
    reach().then(() => form.submit(), () => {
      lock(false);
      tell(line.dataset.kept);
      waiting = setTimeout(submit, AGAIN);
    });
  };

  form.addEventListener('submit', event => {
    if (!self.fetch) return;
    event.preventDefault();
    save();
    submit();
  });
  form.addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = 0;
    line.hidden = true;
    save();
  });
  form.addEventListener('reset', event => {
    event.preventDefault();
    clear();
  });
  const other = find('header a');
  if (other) other.onclick = () => { window.name = PLACE; };
  addEventListener('online', () => waiting && submit());
  addEventListener('pageshow', () => {
    lock(false);
    begin();
  });
})();
