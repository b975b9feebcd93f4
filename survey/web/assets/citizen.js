// What a script can add to the citizen's pages. Everything works without it; it needs a browser of 2018 or later
// (an older one stops at the first line it cannot read and shows the plain form).
(() => {
  const note = document.getElementById('note');
  const words = note.dataset;
  const form = document.getElementById('answers');
  const items = Array.from(document.querySelectorAll('#answers fieldset'));
  const faults = document.getElementById('faults');
  const restored = document.getElementById('restored');
  const bar = document.querySelector('.bar');
  const heading = document.querySelector('h1');
  const question = heading.textContent;
  const send = form && form.querySelector('button.go');
  const label = send && send.textContent;
  // One answering, one key: a phone that sends twice is heard once, and two people on one phone are two.
  let key = '';
  let sending = false;
  // The key of the answering that was sent from this page and still lies in the outbox.
  let queued = '';

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

  // ---- Folding: an answered item becomes one line, and the next comes under the thumb.

  const fold = item => {
    const chosen = item.querySelector('[type=radio]:checked');
    if (!chosen || item.classList.contains('done')) return false;
    const answer = chosen.nextSibling;
    const face = answer.querySelector('svg');
    const button = document.getElementById('fold').content.firstChild.cloneNode(true);
    if (face) button.replaceChild(face.cloneNode(true), button.firstChild);
    button.querySelector('span').textContent = item.querySelector('legend').textContent.replace(words.unit, '…');
    button.querySelector('b').textContent = answer.textContent;
    // What has the focus is about to vanish; the line that takes its place inherits it.
    const focused = item.contains(document.activeElement);
    item.appendChild(button);
    if (focused) button.focus({preventScroll: true});
    item.classList.add('done');
    return true;
  };

  const unfold = item => {
    if (!item.classList.contains('done')) return;
    item.classList.remove('done');
    item.querySelector('.fold').remove();
  };

  // Folds `item` and scrolls by just as much as puts the next scale where the last one was.
  const advance = item => {
    const place = element => element.getBoundingClientRect();
    const before = place(item.querySelector('div')).top;
    if (!fold(item)) return;
    const next = items[items.indexOf(item) + 1];
    if (!next || next.querySelector(':checked')) return;
    const move = Math.max(
      place(next.querySelector('div')).top - before,
      place(next).bottom - innerHeight + bar.offsetHeight + 8
    );
    // Where all of it does not fit, its beginning (with the heading above it) is what must be seen.
    scrollBy(0, Math.min(move, place(item.nextElementSibling).top));
  };

  const count = () => {
    const done = items.filter(item => item.querySelector(':checked')).length;
    const text = `${words.done} ${done}/${items.length}`;
    bar.firstChild.value = done;
    if (bar.lastChild.textContent !== text) bar.lastChild.textContent = text;
    return done;
  };

  // ---- Keeping: what was tapped survives a closed page for half an hour, on this phone only.

  const place = `hai-long ${location.pathname.split('/')[2]}`.toUpperCase();
  const limit = 18e5;

  // A phone may forbid storage: then nothing is kept, and all else still works.
  const keep = draft => {
    try {
      if (draft) localStorage.setItem(place, JSON.stringify(draft));
      else localStorage.removeItem(place);
    } catch (error) {}
  };

  // null means that there is no draft, undefined that this phone forbids looking.
  const kept = () => {
    let draft;
    try { draft = JSON.parse(localStorage.getItem(place)); } catch (error) {}
    if (!draft || Date.now() - draft.at < limit) return draft;
    keep();
    return null;
  };

  const body = () => new URLSearchParams(new FormData(form)).toString();
  const save = () => keep({key, at: Date.now(), answers: body()});

  const fill = answers => Array.from(form).forEach(field => {
    if (field.name === 'comment') field.value = answers.get('comment') || '';
    if (field.type === 'radio' || field.type === 'checkbox') {
      field.checked = answers.getAll(field.name).indexOf(field.value) >= 0;
    }
  });

  const hex = bytes => Array.from(bytes, byte => (byte + 256).toString(16).slice(1)).join('');

  // Takes up the answering that was left, or starts one; `empty` clears what the browser put back by itself.
  const begin = empty => {
    const draft = kept();
    key = draft ? draft.key : hex(crypto.getRandomValues(new Uint8Array(16)));
    if (draft || empty && draft === null) fill(new URLSearchParams(draft && draft.answers));
    items.forEach(unfold);
    if (faults.hidden) items.forEach(fold);
    count();
    ready();
    bar.hidden = false;
    restored.hidden = !draft;
  };

  const restart = () => {
    keep();
    fill(new URLSearchParams());
    show({});
    begin();
    note.hidden = true;
    scrollTo(0, 0);
  };

  // ---- Faults: the server's words (or ours, when nothing was answered) next to the item they are about.

  const show = found => {
    const list = faults.lastChild;
    list.textContent = '';
    form.querySelectorAll('p.wrong').forEach(text => text.remove());
    items.forEach(item => item.classList.remove('wrong'));
    Object.keys(found).forEach(code => {
      const item = document.getElementById(code) || form;
      const link = document.createElement('a');
      link.href = `#${item.id}`;
      link.textContent = found[code];
      list.appendChild(document.createElement('li')).appendChild(link);
      if (item.tagName === 'FIELDSET') mark(item, found[code]);
    });
    faults.hidden = !list.firstChild;
    document.title = faults.hidden ? question : `${words.wrong} ${question}`;
    if (!faults.hidden) faults.focus();
  };

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

  const drop = entry => outbox('readwrite', store => store.delete(entry.key));

  // Resolves to [status, what the server said]. A Wi-Fi sign-in page may answer anything: only our JSON counts.
  const post = entry => new Promise((done, fail) => {
    setTimeout(fail, 20000);
    fetch(entry.path, {
      method: 'POST',
      credentials: 'omit',
      headers: {Accept: 'application/json', 'Content-Type': 'application/x-www-form-urlencoded'},
      body: entry.body,
    }).then(reply => reply.json().then(said => done([reply.status, said, reply.headers.get('Retry-After')]))).catch(fail);
  });

  const final = {403: 'token', 409: 'replayed', 410: 'sealed'};

  const deliver = async entry => {
    const [status, said, pause] = await post(entry).catch(() => [0, {}]);
    const mine = entry.key === queued;
    if (status === 201 && said.receipt) {
      await drop(entry);
      if (mine) location.replace(said.thanks);
      else tell(`${words.sent} ${said.receipt}`);
    } else if (final[status] && final[status] === said.error) {
      await drop(entry);
      if (mine) refused(said);
      else tell(`${words.refused} ${said.message || ''}`);
    } else if (status === 400 && said.faults && mine) {
      await drop(entry);
      ready();
      note.hidden = true;
      save();
      show(Object.keys(said.faults).length ? said.faults : {answers: (said.messages || []).join(' ')});
    } else {
      if (mine) hide(words.pending);
      wait(pause);
    }
  };

  // An expired page loses nothing: the answers go back to where a fresh page takes them up.
  const refused = said => {
    queued = '';
    hide(words.notice);
    if (said.error === 'token') {
      save();
      tell(words.expired, words.reopen, () => location.reload());
    } else {
      tell(said.message, words.new, restart);
    }
    note.focus();
  };

  const ready = () => {
    queued = '';
    sending = form.hidden = false;
    send.textContent = label;
    heading.textContent = question;
  };

  const hide = news => {
    form.hidden = true;
    heading.textContent = news;
    scrollTo(0, 0);
  };

  let timer;
  let delay = 4;
  const wait = pause => {
    tell(words.kept, words.retry, retry);
    if (queued) note.focus();
    clearTimeout(timer);
    timer = setTimeout(flush, 1000 * Math.max(+pause || 0, delay));
    delay = Math.min(2 * delay, 600);
  };

  const retry = () => {
    delay = 4;
    tell(words.sending);
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
  let busy = false;
  let again = false;
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
    if (sending || !count()) event.preventDefault();
    if (sending) return;
    if (!count()) return show({[items[0].id]: words.none});
    const now = new Date();
    const day = new Date(now - now.getTimezoneOffset() * 6e4).toISOString().slice(0, 10);
    form.elements.key.value = key;
    form.elements.given.value = day + (now.getHours() < 12 ? 'am' : 'pm');
    const entry = {key, path: form.getAttribute('action'), body: body()};
    event.preventDefault();
    sending = true;
    send.textContent = words.sending;
    show({});
    outbox('readwrite', store => store.put(entry)).then(() => {
      queued = key;
      keep();
      flush();
    }, () => form.submit());
  };

  // ---- Beginning.

  if (form) {
    form.addEventListener('submit', submit);
    restored.lastChild.onclick = restart;
    form.addEventListener('input', save);
    form.addEventListener('change', () => { save(); count(); });
    form.addEventListener('click', event => {
      const item = event.target.closest('fieldset');
      if (event.target.closest('.fold')) {
        unfold(item);
        item.querySelector(':checked').focus({preventScroll: true});
      } else if (event.detail && event.target.closest('label')) {
        // Arrow keys click as well, but with no pointer behind them (detail 0): those items stay open.
        // The pause lets the choice be seen, and a second tap of a double tap fall on the same item.
        setTimeout(advance, 350, item);
      }
    });
  } else if (/thanks$/.test(location.pathname)) {
    // Sent the plain way, without the outbox: now it is known to have arrived.
    keep();
  }

  addEventListener('pageshow', event => {
    if (form) begin(event.persisted || faults.hidden);
    flush();
  });
  addEventListener('online', flush);
  addEventListener('focus', flush);
})();
