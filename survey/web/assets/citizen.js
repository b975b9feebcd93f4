// What a script can add to the citizen's pages. Everything works without it; it needs a browser of 2018 or later
// (an older one stops at the first line it cannot read and shows the plain form).
(() => {
  const find = name => document.querySelector(name);
  const note = find('#note');
  // The words stand in the page, in this order and in its language; the last nine only where there is a form.
  const [KEPT, RETRY, SENDING, SENT, REFUSED, UNIT, PENDING, NOTICE, DONE, GO_ON, NONE, WRONG, EXPIRED, OPEN] =
    note.dataset.words.split('|');
  const heading = find('h1');
  const question = heading.textContent;
  const form = find('#answers');
  const items = Array.from(document.querySelectorAll('fieldset'));
  const faults = find('#faults');
  const restored = find('#restored');
  const bar = find('.bar');
  const send = find('#answers > .go');
  const label = send && send.textContent;

  // One answering, one key: a phone that sends twice is heard once, and two people on one phone are two. A key is the
  // number of those `sent` from this page and its token, which is good for a few; then the server asks to open it anew.
  // `queued` is the key of the answering that was sent from this page and still lies in the outbox.
  let token = '', key = '', queued = '', sending = false, sent = 0;

  const tell = (text, offer, action) => {
    const button = note.lastChild;
    const before = document.body.offsetHeight;
    note.firstChild.textContent = text;
    button.textContent = offer;
    button.hidden = !offer;
    button.onclick = action;
    note.hidden = false;
    // Whoever is reading further down must not see the page move.
    if (scrollY) scrollBy(0, document.body.offsetHeight - before);
  };

  // Without the page moving under whoever reads.
  const focus = place => place.focus({preventScroll: true});

  // ---- Folding: an answered item becomes one line, and the next comes under the thumb.

  const fold = (item, tapped) => {
    const chosen = item.querySelector('[type=radio]:checked');
    if (!chosen || item.classList.contains('done')) return false;
    const face = chosen.nextSibling.querySelector('svg');
    const button = find('#fold').content.firstChild.cloneNode(true);
    const asked = item.querySelector('legend').textContent, answer = chosen.nextSibling.textContent;
    if (face) button.replaceChild(face.cloneNode(true), button.firstChild);
    button.querySelector('span').textContent = asked.replace(UNIT, '…');
    button.querySelector('b').textContent = answer;
    // Its legend goes out of sight.
    item.setAttribute('aria-label', asked);
    // What has the focus is about to vanish; the line that takes its place inherits it. Safari gives no focus to what a
    // finger taps: then the line gets it, so that it is not lost to the top of the page.
    const active = document.activeElement;
    const focused = item.contains(active) || tapped && active === document.body;
    item.appendChild(button);
    if (focused) focus(button);
    item.classList.add('done');
    return true;
  };
  const unfold = item => {
    if (item.classList.contains('done')) item.querySelector('.fold').remove();
    item.classList.remove('done');
  };

  // Folds `item` and scrolls by just as much as puts the next scale where the last one was.
  const advance = item => {
    const box = element => element.getBoundingClientRect();
    const before = box(item.querySelector('div')).top;
    const next = items[items.indexOf(item) + 1];
    if (!fold(item, true) || !next || next.querySelector(':checked')) return;
    const same = box(next.querySelector('div')).top - before;
    const whole = box(next).bottom - innerHeight + bar.offsetHeight + 8;
    // Where all of it does not fit, its beginning (with the heading above it) is what must be seen.
    scrollBy(0, Math.min(Math.max(same, whole), box(item.nextElementSibling).top));
  };

  const count = () => {
    const done = items.filter(item => item.querySelector(':checked')).length;
    bar.firstChild.value = done;
    bar.lastChild.textContent = `${DONE} ${done}/${items.length}`;
    return done;
  };

  // ---- Keeping: what was tapped survives a closed page for half an hour, on this phone only. What could harm whoever
  // said it (the comment, and what is asked beside the items) stays with this tab, and for ten minutes.

  const place = `hai-long ${location.pathname.split('/')[2]}`.toUpperCase();
  const MINUTES = 60 * 1000;
  // A phone may forbid storage: then nothing is kept, and all else still works.
  const attempt = work => {
    try { return work(); } catch (error) {}
  };
  const keep = (draft, brief) => attempt(() => {
    draft ? localStorage.setItem(place, JSON.stringify(draft)) : localStorage.removeItem(place);
    brief ? sessionStorage.setItem(place, brief) : sessionStorage.removeItem(place);
  });
  // null means that there is no draft, undefined that this phone forbids looking.
  const kept = () => attempt(() => {
    const draft = JSON.parse(localStorage.getItem(place)), brief = sessionStorage.getItem(place);
    const age = Date.now() - (draft || {}).at;
    if (brief && age < 10 * MINUTES) draft.answers += `&${brief}`;
    if (age < 30 * MINUTES && draft.answers) return draft;
    keep();
    return null;
  });
  const body = () => new URLSearchParams(new FormData(form)).toString();
  const part = items => new URLSearchParams(Array.from(new FormData(form)).filter(([name, value]) =>
    value && form[name].type !== 'hidden' && /^[A-Z]\d/.test(name) === items
  )).toString();
  // What was sent belongs to the outbox: a late tap must not leave it to the next person.
  const save = () => sending || keep({key, at: Date.now(), answers: part(true)}, part(false));
  const fill = text => {
    const answers = new URLSearchParams(text);
    Array.from(form).forEach(field => {
      if (field.name === 'comment') field.value = answers.get('comment') || '';
      if (field.closest('label')) field.checked = answers.getAll(field.name).includes(field.value);
    });
    items.forEach(unfold);
  };

  // Takes up an answering that was left, or starts one, with the token its key belongs to.
  const start = draft => {
    // The token stands at the very end of the page, behind this script.
    token = token || form.token.value;
    key = draft && draft.key || `${sent} ${token}`;
    form.token.value = key.split(' ')[1];
    if (faults.hidden) items.forEach(item => fold(item));
    ready();
    bar.hidden = false;
    restored.hidden = true;
  };
  // The focus goes to a question as a whole: a ring around its first answer would recommend that one.
  const stand = place => {
    place.tabIndex = -1;
    focus(place);
  };
  // Goes on where somebody stopped: at the first question without an answer.
  const resume = draft => {
    fill(draft.answers);
    start(draft);
    const open = items.find(item => !item.querySelector(':checked'));
    (open || send).scrollIntoView();
    open ? stand(open) : send.focus();
  };
  // What was left here may be another person's: nothing of it is shown or counted before that was chosen.
  const ask = draft => {
    const [, on, anew] = restored.children, answers = new URLSearchParams(draft.answers);
    const done = items.filter(item => answers.has(item.id)).length;
    fill();
    key = '';
    form.hidden = true;
    on.textContent = `${GO_ON} (${done}/${items.length})`;
    on.onclick = () => resume(draft);
    anew.onclick = restart;
    restored.hidden = false;
  };
  // Who only changed the language, or was sent back to a fresh page, is nobody else: the window is marked then.
  const stay = () => { window.name = key || place; };
  // `refused` says that the page shows what the server did not take, and why.
  const begin = refused => {
    const draft = kept(), same = window.name;
    window.name = '';
    if (refused) return start(draft);
    if (draft && same === (draft.key || place)) return resume(draft);
    if (draft) return ask(draft);
    // What the browser put back by itself is cleared, where nothing forbids to know that it belongs to nobody.
    if (draft === null) fill();
    start();
  };
  const restart = () => {
    keep();
    fill();
    show({});
    start();
    note.hidden = true;
    scrollTo(0, 0);
    stand(heading);
  };
  // While it is being sent nothing can be changed any more.
  const lock = on => {
    items.forEach(item => { item.disabled = on; });
    form.elements.comment.readOnly = on;
  };
  const ready = () => {
    queued = '';
    sending = form.hidden = false;
    lock(false);
    count();
    send.textContent = label;
    heading.textContent = question;
  };
  // Puts a message in the place of the form.
  const announce = (news, text, offer, action) => {
    form.hidden = true;
    heading.textContent = news;
    scrollTo(0, 0);
    tell(text, offer, action);
    note.focus();
  };

  // ---- Faults: the server's words (or ours, when nothing was answered) next to the item they are about.

  const mark = (item, text) => {
    const line = document.createElement('p');
    line.className = 'wrong';
    line.id = `${item.id}-fault`;
    line.textContent = text;
    unfold(item);
    item.classList.add('wrong');
    item.tabIndex = -1;
    item.setAttribute('aria-describedby', line.id);
    item.insertBefore(line, item.querySelector('div'));
  };
  const show = found => {
    const list = faults.lastChild;
    list.textContent = '';
    document.querySelectorAll('p.wrong').forEach(line => line.remove());
    items.forEach(item => item.classList.remove('wrong'));
    Object.keys(found).forEach(code => {
      const link = list.appendChild(document.createElement('li')).appendChild(document.createElement('a'));
      link.href = `#${code}`;
      link.textContent = found[code];
      items.filter(item => item.id === code).forEach(item => mark(item, found[code]));
    });
    faults.hidden = !list.firstChild;
    document.title = faults.hidden ? question : `${WRONG} ${question}`;
    faults.focus();
  };

  // ---- The outbox: a response is on the phone's disk before it is sent, and leaves it only on a clear answer.

  const outbox = (mode, work) => new Promise((done, fail) => {
    const opening = indexedDB.open('hai-long', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('outbox', {keyPath: 'key'});
    opening.onsuccess = () => done(opening.result);
    opening.onerror = fail;
    // Some Safaris never answer; then the form is sent the plain way.
    setTimeout(fail, 3000);
  }).then(database => new Promise((done, fail) => {
    const transaction = database.transaction('outbox', mode, {durability: 'strict'});
    const request = work(transaction.objectStore('outbox'));
    transaction.oncomplete = () => done(request.result);
    transaction.onabort = fail;
    // An open connection would keep the page out of the back/forward cache; this one closes when the work is done.
    database.close();
  }));

  // Resolves to [status, what the server said, seconds to wait]. A Wi-Fi sign-in page may answer anything.
  const post = entry => new Promise((done, fail) => {
    setTimeout(fail, 20000);
    const request = {method: 'POST', credentials: 'omit', headers: {Accept: 'application/json'}};
    request.body = new URLSearchParams(entry.body);
    fetch(entry.path, request).then(async reply =>
      done([reply.status, await reply.json() || {}, reply.headers.get('Retry-After')])
    ).catch(fail);
  });

  // Only our own words end the matter; whatever is unclear leaves the entry where it is.
  const deliver = async entry => {
    const [status, said, pause] = await post(entry).catch(() => [0, {}]);
    const mine = entry.key === queued;
    const stored = status === 201 && said.receipt;
    const refused = {403: 'token', 409: 'replayed', 410: 'sealed'}[status] === (said.error || 0);
    const wrong = status === 400 && mine && said.faults;
    if (!stored && !refused && !wrong) return wait(mine, pause, status === 429 && said.message || KEPT);
    await outbox('readwrite', store => store.delete(entry.key));
    if (!mine) {
      tell(stored ? `${SENT} ${stored}` : said.message || REFUSED);
    } else if (stored) {
      queued = '';
      location.replace(said.thanks);
    } else {
      ready();
      note.hidden = true;
      const expired = said.error === 'token';
      // Nothing is lost: these answers go back to where this page, or a fresh one with a key of its own, takes them up.
      if (expired) key = '';
      if (wrong || expired) save();
      if (wrong) show(wrong);
      else if (expired) announce(NOTICE, EXPIRED, OPEN, () => { stay(); location.reload(); });
      else announce(NOTICE, said.message, OPEN, restart);
    }
  };
  let timer, delay = 4;
  const wait = (mine, pause, text) => {
    if (mine) announce(PENDING, text, RETRY, retry);
    else tell(text, RETRY, retry);
    clearTimeout(timer);
    timer = setTimeout(flush, 1000 * Math.max(+pause || 0, delay));
    delay = Math.min(2 * delay, 600);
  };
  const retry = () => {
    delay = 4;
    tell(SENDING);
    flush();
  };
  const sendAll = async () => {
    const entries = await outbox('readonly', store => store.getAll());
    const mine = entry => entry.key === queued;
    // Another tab has sent it: this page is free for the next person.
    if (queued && !entries.some(mine)) restart();
    // The person who is waiting comes first.
    entries.sort((a, b) => mine(b) - mine(a));
    for (const entry of entries) await deliver(entry);
  };
  // Two tabs take turns where the browser knows locks; where not, the server hears the same key twice and stores one.
  let busy = false, again = false;
  const flush = async () => {
    again = true;
    if (busy) return;
    busy = true;
    while (again) {
      again = false;
      await (navigator.locks ? navigator.locks.request('hai-long', sendAll) : sendAll()).catch(() => {});
    }
    busy = false;
  };

  const submit = event => {
    const done = count();
    if (sending || !done) event.preventDefault();
    if (sending) return;
    if (!done) return show({[items[0].id]: NONE});
    const now = new Date();
    const local = new Date(now - now.getTimezoneOffset() * 60000).toISOString();
    form.key.value = key.split(' ')[0];
    form.given.value = local.slice(0, 10) + (now.getHours() < 12 ? 'am' : 'pm');
    const entry = {key, path: form.getAttribute('action'), body: body()};
    event.preventDefault();
    sending = true;
    if (key === `${sent} ${token}`) sent += 1;
    // The bar is seen and heard wherever on the page somebody is; without a value it moves.
    send.textContent = bar.lastChild.textContent = SENDING;
    bar.firstChild.removeAttribute('value');
    lock(true);
    outbox('readwrite', store => store.put(entry)).then(() => {
      queued = key;
      keep();
      flush();
    }, () => {
      lock(false);
      form.submit();
    });
  };

  // ---- Beginning.

  const tap = event => {
    const item = event.target.closest('fieldset');
    if (event.target.closest('.fold')) {
      unfold(item);
      focus(item.querySelector(':checked'));
    } else if (event.target.closest('.no')) {
      item.querySelectorAll(':checked').forEach(field => { field.checked = false; });
      stand(item);
      save();
      count();
    } else if (event.detail && event.target.closest('label')) {
      // Arrow keys click as well, but with no pointer behind them (detail 0): those items stay open.
      // The pause lets the choice be seen, and the second half of a double tap fall on the same item.
      setTimeout(advance, 350, item);
    }
  };

  if (form) {
    form.addEventListener('submit', submit);
    form.addEventListener('click', tap);
    form.addEventListener('input', () => { save(); count(); });
    form.addEventListener('reset', event => {
      event.preventDefault();
      restart();
    });
    // Without a script a radio takes an answer back; with one a button does, which arrow keys do not run into.
    document.querySelectorAll('[value=""]').forEach(field => field.parentNode.remove());
    items.forEach(item => item.appendChild(find('#fold').content.lastChild.cloneNode(true)));
    const other = find('header a');
    if (other) other.onclick = stay;
  } else if (/thanks$/.test(location.pathname)) {
    // Sent the plain way, without the outbox: now it is known to have arrived.
    keep();
  }
  addEventListener('pageshow', event => {
    if (form) begin(!event.persisted && !faults.hidden);
    flush();
  });
  addEventListener('online', flush);
  addEventListener('focus', flush);
})();
