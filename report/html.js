'use strict';
// The page can be read without this. It filters the findings, folds and unfolds
// them, copies, and switches between light and dark. It makes no markup.
(() => {
  const by = id => document.getElementById(id);
  const root = document.documentElement;
  const all = Array.from(document.querySelectorAll('.finding'));
  const say = text => { by('said').textContent = ''; by('said').textContent = text; };

  const theme = by('theme');
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const isDark = () => root.dataset.theme ? root.dataset.theme === 'dark' : dark.matches;
  const press = () => theme.setAttribute('aria-pressed', String(isDark()));
  theme.addEventListener('click', () => {
    root.dataset.theme = isDark() ? 'light' : 'dark';
    press();
  });
  dark.addEventListener('change', press);
  press();
  theme.hidden = false;

  for (const button of document.querySelectorAll('.copy')) {
    const code = button.parentElement.querySelector('code');
    button.hidden = false;
    button.addEventListener('click', async () => {
      const range = document.createRange();
      range.selectNodeContents(code);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      try {
        await navigator.clipboard.writeText(code.textContent);
        say('Copied');
        button.firstChild.data = 'Copied';
        setTimeout(() => { button.firstChild.data = 'Copy'; }, 1500);
      } catch {
        say('Selected, to be copied by hand');
      }
    });
  }

  // Printed, nothing is folded.
  let folded = [];
  addEventListener('beforeprint', () => {
    folded = Array.from(document.querySelectorAll('details:not([open])'));
    for (const d of folded) d.open = true;
  });
  addEventListener('afterprint', () => {
    for (const d of folded) d.open = false;
    folded = [];
  });

  const form = by('filters');
  if (!form) return;
  const suppressed = by('suppressed');
  const counted = all.filter(f => !f.classList.contains('suppressed'));
  const choices = ['rule', 'status', 'confidence', 'stands'].map(by);
  const texts = new Map(); // what is searched of a finding, in lower case
  const textOf = f => {
    if (!texts.has(f)) texts.set(f, f.textContent.toLowerCase());
    return texts.get(f);
  };
  const number = n => n.toLocaleString('en');

  const filter = () => {
    // Of a whole fingerprint the page has the first 16 digits.
    const words = by('text').value.toLowerCase().split(/\s+/).filter(Boolean)
      .map(w => /^[0-9a-f]{64}$/.test(w) ? w.slice(0, 16) : w);
    const show = by('show');
    let shown = 0, apart = 0;
    for (const f of all) {
      const fits = choices.every(c => c.value === '' || c.value === '=' + f.dataset[c.id]) &&
        words.every(w => textOf(f).includes(w));
      f.hidden = !fits;
      if (fits && f.classList.contains('suppressed')) apart++;
      else if (fits) shown++;
    }
    let text = shown === counted.length ? number(shown) + (shown === 1 ? ' finding' : ' findings') :
      number(shown) + ' of ' + number(counted.length) + ' findings';
    if (suppressed) {
      suppressed.hidden = !show.checked;
      text += ', ' + number(apart) + ' suppressed' + (show.checked ? '' : ' and not shown');
    }
    by('count').textContent = text;
    by('nothing').hidden = shown > 0 || counted.length === 0;
  };

  let soon;
  by('text').addEventListener('input', () => {
    clearTimeout(soon);
    soon = setTimeout(filter, 120);
  });
  form.addEventListener('change', filter);
  form.addEventListener('submit', e => { e.preventDefault(); filter(); });
  form.addEventListener('reset', () => setTimeout(filter));

  const unfold = open => {
    for (const d of document.querySelectorAll('.finding:not([hidden]) > details')) d.open = open;
    say(open ? 'All details are open' : 'All details are closed');
  };
  by('unfold').addEventListener('click', () => unfold(true));
  by('fold').addEventListener('click', () => unfold(false));

  form.hidden = false;
  by('count').hidden = false;
  filter();
})();
