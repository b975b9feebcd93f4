// The shared tablet: one person after the other, and a queue for what cannot be sent at once.
(() => {
  // All in seconds. WCAG 2.2, 2.2.1 wants twenty to say that one is still there.
  const IDLE = 60, WARNED = 20, THANKED = 8, PATIENCE = 6, RENEWED = 300, LOCKED = 60;
  // In milliseconds: by more than this no clock goes wrong unless somebody sets it.
  const JUMP = 60000;
  const TRIES = 5;

  const find = (name, place) => (place || document).querySelector(name);
  const kiosk = document.body.dataset;
  const heading = find('h1'), start = find('#start'), stage = find('#stage'), queue = find('#queue');
  const leaving = find('#leaving');
  const question = heading.textContent;
  // What is waited for is measured by a clock that nobody sets; the date may jump when the network comes or a battery dies.
  const now = () => performance.now() / 1000;
  const pause = seconds => new Promise(done => setTimeout(done, seconds * 1000));

  // ---- The queue: a response is on the tablet's disk before it is sent, and leaves it only on a clear answer.

  const outbox = (mode, work) => new Promise((done, fail) => {
    const opening = indexedDB.open('hai-long-kiosk', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('outbox', {keyPath: 'key'});
    opening.onsuccess = () => done(opening.result);
    opening.onerror = fail;
    setTimeout(fail, 3000);
  }).then(database => new Promise((done, fail) => {
    const transaction = database.transaction('outbox', mode, {durability: 'strict'});
    const request = work(transaction.objectStore('outbox'));
    transaction.oncomplete = () => done(request.result);
    transaction.onabort = fail;
    database.close();
  }));

  let refusals = 0;
  const count = () => outbox('readonly', store => store.count()).then(waiting => {
    const lines = [waiting && `${queue.dataset.waiting} ${waiting}`, refusals && `${queue.dataset.refused} ${refusals}`];
    queue.textContent = lines.filter(Boolean).join(' · ');
  }, () => {});
  const keep = entry => outbox('readwrite', store => store.put(entry)).then(count);
  const drop = entry => outbox('readwrite', store => store.delete(entry.key)).then(count, () => {});

  // Resolves to [status, what the server said, seconds to wait]; a Wi-Fi sign-in page may answer anything.
  const post = ({path, answers, given, key, token}) => new Promise((done, fail) => {
    setTimeout(fail, 20000);
    const headers = {Accept: 'application/json', 'Content-Type': 'application/x-www-form-urlencoded'};
    const body = `${answers}&${new URLSearchParams({given, key: key.split(' ')[0], token})}`;
    fetch(path, {method: 'POST', credentials: 'omit', headers, body}).then(async reply =>
      done([reply.status, await reply.json() || {}, reply.headers.get('Retry-After')])
    ).catch(fail);
  });

  // Resolves to the receipt, or to null when the server refuses the response for good; fails while neither is known.
  const deliver = async entry => {
    const [status, said, wait] = await post(entry);
    if (status === 201 && said.receipt) return drop(entry).then(() => said.receipt);
    const error = said.error || 'none';
    const revoked = error === 'revoked' && status === 410;
    // The page that comes instead says so, and empties the queue.
    if (revoked && entry.path === kiosk.path) location.reload();
    else if (revoked || {400: 'answers', 409: 'replayed', 410: 'sealed'}[status] === error) {
      refusals += 1;
      return drop(entry).then(() => null);
    } else if (error === 'token' && kiosk.token && entry.token !== kiosk.token) {
      // The server's secret was changed, or the page is of long ago: the token now on the screen and a key of it will do.
      const anew = Object.assign({}, entry, {token: kiosk.token, key: nextKey()});
      return keep(anew).then(() => drop(entry)).then(() => deliver(anew));
    }
    throw +wait || 0;
  };

  let busy = Promise.resolve(), timer, delay = 4;
  const later = wait => {
    clearTimeout(timer);
    timer = setTimeout(flush, 1000 * Math.max(+wait || 0, delay));
    delay = Math.min(2 * delay, RENEWED);
  };
  // Sends what waits, the person who is waiting first. Resolves to what became of `mine`: its receipt, null when it
  // was refused, '' when it still waits.
  const sendAll = async mine => {
    let result = '';
    try {
      const entries = await outbox('readonly', store => store.getAll());
      entries.sort((a, b) => (b.key === mine) - (a.key === mine));
      for (const entry of entries) {
        const found = await deliver(entry);
        if (entry.key === mine) result = found;
        delay = 4;
      }
    } catch (wait) {
      later(wait);
    }
    return result;
  };
  const flush = mine => {
    busy = busy.then(() => sendAll(mine));
    return busy;
  };

  const clear = async () => {
    const entries = await outbox('readonly', store => store.getAll());
    const own = entries.filter(entry => entry.path === kiosk.path);
    await Promise.all(own.map(drop));
    if (own.length) queue.textContent = `${kiosk.revoked} ${own.length}`;
  };

  // ---- One person: a copy of the form in one language. `step` is '' (nobody), form, sending, thanks or rest.

  let step = '', until = now() + RENEWED, touched = 0, key = '', tapped = false;

  const enter = (name, seconds) => {
    step = name;
    until = now() + seconds;
    while (!stage.firstElementChild.matches(`.${name}`)) stage.firstElementChild.remove();
    const part = stage.firstElementChild;
    part.hidden = false;
    heading.textContent = part.dataset.heading;
    tick();
    scrollTo(0, 0);
    heading.focus();
  };
  const fresh = () => {
    stage.textContent = step = key = '';
    until = now() + RENEWED;
    document.documentElement.lang = 'vi';
    heading.textContent = question;
    start.hidden = false;
    scrollTo(0, 0);
    tick();
  };

  // The server's date counts whenever it can be asked: by how much this clock is wrong, and whether that was asked.
  let skew = 0, asked = false, apart = 0;
  const jump = () => Date.now() - performance.now() - apart;
  const setClock = () => {
    asked = false;
    apart += jump();
    fetch(kiosk.path, {method: 'HEAD', credentials: 'omit', cache: 'no-store'}).then(reply => {
      const right = Date.parse(reply.headers.get('Kiosk-Now'));
      if (right) skew = right - Date.now();
    }).catch(() => {}).then(() => {
      asked = true;
      tick();
    });
  };
  const moment = () => new Date(Date.now() + skew);
  const today = () => new Date(moment() - moment().getTimezoneOffset() * 60000).toISOString().slice(0, 10);
  const half = () => moment().getHours() < 12 ? 'am' : 'pm';

  // Browsers before 2022 may know no dialog: then it lies over the page as a plain block.
  const isOpen = dialog => dialog.hasAttribute('open');
  const open = dialog => {
    if (dialog.showModal) return dialog.showModal();
    dialog.setAttribute('open', '');
    find('input, button', dialog).focus();
  };
  const shut = dialog => dialog.close ? dialog.close() : dialog.removeAttribute('open');

  // A key is a number and the page's token, which is good for many. Away from the network the page is opened with the
  // same token again and again, so the number is kept. A key beyond the last one waits in the queue for the next token.
  let used = 0;
  const nextKey = () => {
    const end = kiosk.token.slice(-9);
    try {
      const noted = (localStorage.getItem('kiosk-used') || '').split(' ');
      if (noted[0] === end) used = Math.max(used, noted[1]);
      localStorage.setItem('kiosk-used', `${end} ${used + 1}`);
    } catch (error) {}
    used += 1;
    return `${used - 1} ${kiosk.token}`;
  };
  const begin = language => {
    key = nextKey();
    stage.textContent = '';
    stage.appendChild(find(`#${language}`).content.cloneNode(true));
    document.documentElement.lang = language;
    start.hidden = true;
    // Back asks whether to go on, instead of leading out of the form.
    if (!history.state) history.pushState('begun', '');
    enter('form', IDLE);
    progress();
  };

  const items = () => Array.from(stage.querySelectorAll('fieldset'));
  const answered = item => find(':checked', item);
  const progress = () => {
    const form = find('form', stage), all = items();
    find('.bar span', form).textContent = `${form.dataset.done} ${all.filter(answered).length}/${all.length}`;
  };
  const complain = (form, text) => {
    const line = find('p.wrong', form);
    line.textContent = text;
    if (text) line.focus();
  };

  // An answered item becomes its one answer, and the next one that has none comes to the middle of the screen.
  const advance = item => {
    const chosen = answered(item);
    if (!chosen || !item.isConnected) return;
    item.querySelectorAll('label').forEach(label => label.classList.toggle('chosen', label.contains(chosen)));
    item.classList.add('done');
    // Safari gives no focus to what a finger taps; without this a reader would be sent back to the top.
    if (document.activeElement === document.body) chosen.focus({preventScroll: true});
    const rest = items();
    const next = rest.slice(rest.indexOf(item) + 1).find(one => !answered(one)) || find('.above', stage);
    next.scrollIntoView({block: 'center'});
  };

  const thank = result => {
    enter('thanks', THANKED);
    find(result ? '.stored' : result === null ? '.refused' : '.kept', stage).hidden = false;
    find('.code', stage).textContent = result;
  };

  // While it is being sent nothing can be changed any more.
  const lock = (form, on) => {
    form.querySelectorAll('fieldset').forEach(item => { item.disabled = on; });
    find('textarea', form).readOnly = on;
  };

  const submit = async event => {
    const form = event.target;
    event.preventDefault();
    if (step !== 'form') return;
    if (!items().some(answered)) return complain(form, form.dataset.none);
    const button = find('.go', form), label = button.textContent;
    const answers = new URLSearchParams(new FormData(form)).toString();
    const entry = {key, path: kiosk.path, token: kiosk.token, given: today() + half(), answers};
    step = 'sending';
    lock(form, true);
    button.textContent = find('.bar span', form).textContent = form.dataset.sending;
    complain(form, '');
    const kept = await keep(entry).then(() => true, () => false);
    const sending = kept ? flush(key) : deliver(entry).catch(() => '');
    const result = await Promise.race([sending, pause(PATIENCE)]);
    if (step !== 'sending') return;
    if (kept || result || result === null) return thank(result);
    // Neither stored nor kept: the answers stay where they are.
    step = 'form';
    until = now() + IDLE;
    button.textContent = label;
    lock(form, false);
    progress();
    complain(form, form.dataset.failed);
  };

  // ---- Time.

  const ask = () => {
    until = Math.min(until, now() + WARNED);
    open(find('.ask', stage));
    tick();
  };
  const goOn = () => {
    shut(find('.ask', stage));
    until = now() + IDLE;
  };
  // A fresh page brings a fresh token, and tells of a closed round; without the worker it might not come.
  const renew = () => {
    until = now() + RENEWED;
    if (navigator.serviceWorker && navigator.serviceWorker.controller && !isOpen(leaving)) location.reload();
  };
  const watch = left => {
    if (left <= 0) fresh();
    else if (left <= WARNED && !isOpen(find('.ask', stage))) ask();
  };
  const wait = left => {
    const over = asked && today() > (kiosk.closes || today());
    const title = over ? kiosk.over : question;
    start.classList.toggle('over', over);
    if (heading.textContent !== title) heading.textContent = title;
    if (left <= 0 && leaving) renew();
  };
  const tick = () => {
    const left = Math.ceil(until - now());
    stage.querySelectorAll('.left').forEach(place => { place.textContent = Math.max(left, 0); });
    if (step === '') wait(left);
    else if (step === 'form') watch(left);
    else if (step === 'thanks' && left <= 0) enter('rest', +kiosk.rest);
    else if (step === 'rest' && left <= 0) fresh();
    if (leaving && Math.abs(jump()) > JUMP) setClock();
    if (leaving && isOpen(leaving)) saySoFar();
    if (leaving && isOpen(leaving) && now() - touched > IDLE) shut(leaving);
  };
  const touch = event => {
    touched = now();
    if (/down$/.test(event.type)) tapped = event.type === 'pointerdown';
    if (step === 'form' && !isOpen(find('.ask', stage))) until = now() + IDLE;
  };

  // ---- The way out. The wait outlives a reload; nothing else is kept but the queue.

  let shutOut = {wrong: 0, until: 0};
  try { shutOut = JSON.parse(sessionStorage.getItem('kiosk-lock')) || shutOut; } catch (error) {}
  const setLock = (wrong, end) => {
    shutOut = {wrong, until: end};
    try { sessionStorage.setItem('kiosk-lock', JSON.stringify(shutOut)); } catch (error) {}
  };
  // By the date, because the other clock begins anew with the page; one set back must not lock for a year.
  const wall = () => Date.now() / 1000;
  const locked = () => Math.min(Math.ceil(shutOut.until - wall()), LOCKED);
  let said = '';
  const saySoFar = () => {
    const text = locked() > 0 ? leaving.dataset.wait.replace('{seconds}', locked()) : said;
    if (find('.wrong', leaving).textContent !== text) find('.wrong', leaving).textContent = text;
  };
  const hex = bytes => Array.from(bytes).map(byte => (byte + 256).toString(16).slice(1)).join('');
  const hashed = async pin => {
    const salt = new Uint8Array(kiosk.salt.match(/../g).map(pair => parseInt(pair, 16)));
    const secret = await crypto.subtle.importKey('raw', new TextEncoder().encode(pin), 'PBKDF2', false, ['deriveBits']);
    const method = {name: 'PBKDF2', hash: 'SHA-256', salt, iterations: +kiosk.rounds};
    return hex(new Uint8Array(await crypto.subtle.deriveBits(method, secret, 256)));
  };
  const leave = async event => {
    const field = find('input', leaving), pin = field.value;
    event.preventDefault();
    // One at a time: checking takes a while, and whoever types on meanwhile must not get more tries.
    if (locked() > 0 || !pin || field.readOnly) return saySoFar();
    field.value = '';
    field.readOnly = true;
    said = crypto.subtle ? '' : leaving.dataset.insecure;
    const right = !said && await hashed(pin) === kiosk.hash;
    field.readOnly = false;
    if (right) {
      setLock(0, 0);
      return location.replace('/kiosk/exited');
    }
    if (!said) {
      said = leaving.dataset.wrong;
      setLock(shutOut.wrong + 1, 0);
      if (shutOut.wrong >= TRIES) setLock(0, wall() + LOCKED);
    }
    saySoFar();
    field.focus();
  };
  const openDoor = () => {
    said = find('input', leaving).value = '';
    saySoFar();
    open(leaving);
  };

  // ---- Beginning.

  stage.addEventListener('submit', submit);
  stage.addEventListener('change', event => {
    const item = event.target.closest('fieldset');
    if (item) progress();
    // The pause lets the choice be seen. Arrow keys choose as well; those items stay open.
    if (item && tapped && event.target.type === 'radio') setTimeout(advance, 350, item);
  });
  const takeBack = item => {
    item.querySelectorAll(':checked').forEach(field => { field.checked = false; });
    item.classList.remove('done');
    item.tabIndex = -1;
    item.focus({preventScroll: true});
    progress();
  };
  const unfold = event => {
    const item = event.target.closest('fieldset');
    if (item) item.classList.remove('done');
  };
  stage.addEventListener('click', event => {
    if (event.target.matches('.no')) takeBack(event.target.closest('fieldset'));
    else if (event.target.matches('.on')) goOn();
    else if (event.target.matches('.anew')) fresh();
    else unfold(event);
  });
  stage.addEventListener('focusin', event => tapped || unfold(event));
  // Escape says that somebody is there, too.
  stage.addEventListener('cancel', () => { until = now() + IDLE; }, true);
  start.addEventListener('click', event => {
    if (event.target.dataset.start) begin(event.target.dataset.start);
  });
  ['pointerdown', 'keydown', 'input', 'wheel', 'touchmove'].forEach(name =>
    addEventListener(name, touch, {passive: true, capture: true})
  );
  addEventListener('popstate', () => {
    if (step !== 'form') return;
    history.pushState('begun', '');
    if (!isOpen(find('.ask', stage))) ask();
  });
  // Whoever comes back to this page, from wherever, finds nobody's answers.
  addEventListener('pagehide', fresh);
  addEventListener('pageshow', event => event.persisted && location.reload());
  addEventListener('online', () => {
    delay = 4;
    flush();
  });
  if (leaving) {
    find('#exit').onclick = openDoor;
    find('form', leaving).addEventListener('submit', leave);
    find('.quiet', leaving).onclick = () => shut(leaving);
    if ('revoked' in kiosk) clear().catch(() => {});
    else count().then(() => flush());
    setInterval(tick, 1000);
    setClock();
    addEventListener('online', setClock);
    addEventListener('load', () => {
      if (navigator.serviceWorker) navigator.serviceWorker.register('/kiosk/worker.js').catch(() => {});
      if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => {});
    });
  }
})();
