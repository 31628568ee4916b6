// What pages gain when scripts run. Each part looks for its own elements, so a page loads this whatever it has; all words
// come from the page.

// A button that was pressed is not pressed twice. Coming back by the browser's history, it can be pressed again.
const release = form => {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll('[aria-disabled]')) button.removeAttribute('aria-disabled');
};
document.addEventListener('submit', event => {
  const form = event.target;
  if (event.defaultPrevented) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = 'true';
  event.submitter?.setAttribute('aria-disabled', 'true');
});
addEventListener('pageshow', event => {
  if (event.persisted) document.querySelectorAll('form').forEach(release);
});

// Show and hide what is typed into a password.
for (const button of document.querySelectorAll('.reveal')) {
  const input = document.getElementById(button.getAttribute('aria-controls'));
  const [show, hide, label] = [button.textContent, button.dataset.hide, button.getAttribute('aria-label')];
  const set = shown => {
    input.type = shown ? 'text' : 'password';
    button.textContent = shown ? hide : show;
    button.setAttribute('aria-label', label.replace(show, shown ? hide : show));
  };
  button.addEventListener('click', () => set(input.type === 'password'));
  // Not sent as text, which browsers would remember.
  input.form.addEventListener('submit', () => set(false));
  button.hidden = false;
  input.style.paddingInlineEnd = `${button.offsetWidth + 8}px`;
}

// The rules of a new password, as far as a browser can judge them. The symbols are Cognito's, with
// blanks inside.
const RULES = {
  length: (password, least) => [...password].length >= least,
  lower: password => /[a-z]/.test(password),
  upper: password => /[A-Z]/.test(password),
  number: password => /[0-9]/.test(password),
  symbol: password => /[\^$*.[\]{}()?"!@#%&/\\,><':;|_~`=+-]/.test(password) || password.replace(/^ +| +$/g, '').includes(' '),
  spaces: password => password !== '' && password === password.trim(),
};
for (const list of document.querySelectorAll('.rules')) {
  const input = document.getElementById(list.id.replace(/-rules$/, ''));
  const items = [...list.querySelectorAll('[data-rule]')].map(item => {
    const state = document.createElement('span');
    state.className = 'unseen';
    item.append(state);
    return [item, state];
  });
  const judge = () => {
    for (const [item, state] of items) {
      const met = RULES[item.dataset.rule](input.value, Number(list.dataset.length));
      item.classList.toggle('passwordCheck-valid-customizable', met);
      item.classList.toggle('passwordCheck-notValid-customizable', !met);
      state.textContent = ` (${met ? list.dataset.met : list.dataset.notMet})`;
    }
  };
  input.addEventListener('input', judge);
  judge();
}

// Copy the key of an authenticator app.
for (const button of document.querySelectorAll('.copy')) {
  if (!navigator.clipboard) break;
  button.setAttribute('aria-live', 'polite');
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(button.parentElement.querySelector('[data-key]').dataset.key);
    button.textContent = button.dataset.copied;
  });
  button.hidden = false;
}

// Times as the reader has them.
const time = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'medium', timeStyle: 'short' });
for (const element of document.querySelectorAll('time')) {
  element.title = element.textContent;
  element.textContent = time.format(new Date(element.dateTime));
}

// Passkeys. One request may be open at a time, so the one that waits in the field of the name gives way to a button's.
const passkeys = [...document.querySelectorAll('[data-passkey]')];
const supported = globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON;
let waiting = null;

const finish = (form, credential) => {
  form.elements.credential.value = JSON.stringify(credential);
  form.submit();
};
const ask = async (form, extra) => {
  const options = JSON.parse(form.dataset.options);
  if (form.dataset.passkey === 'create') {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
    return navigator.credentials.create({ publicKey, ...extra });
  }
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return navigator.credentials.get({ publicKey, ...extra });
};
const pressed = async form => {
  waiting?.abort();
  const alert = form.querySelector('[role=alert]');
  const button = form.querySelector('button');
  alert.hidden = true;
  button.setAttribute('aria-disabled', 'true');
  try {
    finish(form, await ask(form));
  } catch {
    alert.textContent = form.dataset.problem;
    alert.hidden = false;
    button.removeAttribute('aria-disabled');
  }
};
const waitInField = async form => {
  if (!document.querySelector('[autocomplete~=webauthn]')) return;
  if (!await PublicKeyCredential.isConditionalMediationAvailable?.()) return;
  waiting = new AbortController();
  try {
    finish(form, await ask(form, { mediation: 'conditional', signal: waiting.signal }));
  } catch {
    // Given up, or nothing chosen: the field and the button are still there.
  }
};
for (const form of passkeys) {
  if (!supported) break;
  form.addEventListener('submit', event => {
    event.preventDefault();
    if (!form.querySelector('[aria-disabled]')) pressed(form);
  });
  form.hidden = false;
  if (form.dataset.passkey === 'get') waitInField(form);
}
if (!supported) for (const message of document.querySelectorAll('[data-no-passkey]')) message.hidden = false;
