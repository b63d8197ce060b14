package report

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	devpage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// A browserPage is a page of a report in a headless browser that has no network.
type browserPage struct {
	context.Context
	t testing.TB

	mu     sync.Mutex
	events []string // that a page that does nothing has none of
}

// browser returns a context for a browser that is stopped with the test.
func browser(t testing.TB) context.Context {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		t.Skip("no chromium in the path")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND"), chromedp.WSURLReadTimeout(time.Minute))
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, closeBrowser := chromedp.NewContext(ctx)
	t.Cleanup(closeBrowser)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// open shows c in a new tab.
func open(t testing.TB, browser context.Context, c testCase, actions ...chromedp.Action[chromedp.Void]) *browserPage {
	t.Helper()
	name := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(name, render(t, "html", c), 0o666); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := chromedp.NewContext(browser)
	t.Cleanup(cancel)
	p := &browserPage{Context: ctx, t: t}
	address := (&url.URL{Scheme: "file", Path: name}).String()
	note := func(format string, args ...any) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.events = append(p.events, fmt.Sprintf(format, args...))
	}
	if err := chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			if e.Request.URL != address && e.Request.URL != "data:," {
				note("asks for %s", e.Request.URL)
			}
		case *runtime.EventConsoleAPICalled:
			note("writes to the console: %s", e.Type)
		case *runtime.EventExceptionThrown:
			note("throws: %s", e.ExceptionDetails.Text)
		case *log.EventEntryAdded:
			note("is complained about: %s", e.Entry.Text)
		case *devpage.EventJavascriptDialogOpening:
			note("opens a dialog: %s", e.Message)
		case *devpage.EventFrameNavigated:
			if e.Frame.URL != address {
				note("goes to %s", e.Frame.URL)
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	p.run(actions...)
	p.run(chromedp.Navigate(address))
	return p
}

func (p *browserPage) run(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p, time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		p.t.Fatal(err)
	}
}

// eval returns what an expression, or the promise that it is, comes to, as a
// string.
func (p *browserPage) eval(expression string) string {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p, time.Minute)
	defer cancel()
	result, err := chromedp.Run(ctx, chromedp.Evaluate[string]("(async () => String(await ("+expression+")))()", chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatal(err)
	}
	return result
}

// quiet checks that the page did nothing.
func (p *browserPage) quiet() {
	p.t.Helper()
	p.eval("0") // what was sent before has come
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.events {
		p.t.Errorf("the page %s", e)
	}
}

// choose sets a filter as a person does.
func (p *browserPage) choose(id, value string) {
	p.t.Helper()
	p.eval(fmt.Sprintf(`(() => {
		const e = document.getElementById(%q);
		if (e.type === 'checkbox') { e.click(); return; }
		e.value = %q;
		e.dispatchEvent(new Event(e.type === 'search' ? 'input' : 'change', {bubbles: true}));
	})()`, id, value))
	if id == "text" {
		time.Sleep(200 * time.Millisecond) // it waits for more letters
	}
}

const shownFindings = `Array.from(document.querySelectorAll('.finding')).filter(f => f.offsetParent !== null).length`

// TestBrowserFilters chooses findings in a real browser.
func TestBrowserFilters(t *testing.T) {
	p := open(t, browser(t), incident())
	tests := []struct {
		id, value string
		shown     int
		says      string
	}{
		{"text", "", 4, "4 findings, 2 suppressed and not shown"},
		{"text", "PROD deploy", 1, "1 of 4 findings, 0 suppressed and not shown"},
		{"text", "no such text", 0, "0 of 4 findings, 0 suppressed and not shown"},
		{"text", fingerprint("c").String(), 1, "1 of 4 findings, 0 suppressed and not shown"},
		{"rule", "=" + keyRule.ID, 1, "1 of 4 findings, 0 suppressed and not shown"},
		{"status", "=active", 1, "1 of 4 findings, 0 suppressed and not shown"},
		{"confidence", "=certain", 3, "3 of 4 findings, 2 suppressed and not shown"},
		{"stands", "=current", 2, "2 of 4 findings, 2 suppressed and not shown"},
		{"stands", "=history", 2, "2 of 4 findings, 0 suppressed and not shown"},
		{"show", "", 6, "4 findings, 2 suppressed"},
	}
	for _, tt := range tests {
		p.choose(tt.id, tt.value)
		if got := p.eval(shownFindings); got != fmt.Sprint(tt.shown) {
			t.Errorf("%s %q shows %s, want %d", tt.id, tt.value, got, tt.shown)
		}
		if got := p.eval(`document.getElementById('count').textContent`); got != tt.says {
			t.Errorf("%s %q says %q, want %q", tt.id, tt.value, got, tt.says)
		}
		if got, want := p.eval(`String(document.getElementById('nothing').offsetParent !== null)`), fmt.Sprint(tt.shown == 0); got != want {
			t.Errorf("%s %q says that there are none: %s, want %s", tt.id, tt.value, got, want)
		}
		p.eval(`document.querySelector('[type=reset]').click()`)
		p.eval(`new Promise(done => setTimeout(done, 20))`)
	}
	p.quiet()
}

// TestBrowserControls folds, copies and changes colours.
func TestBrowserControls(t *testing.T) {
	p := open(t, browser(t), incident())
	const open = `document.querySelectorAll('section:not([hidden]) .finding > details[open]').length`
	for _, tt := range []struct{ do, want string }{
		{"unfold", "4"}, {"fold", "0"}, {"unfold", "4"},
	} {
		p.run(chromedp.Click(chromedp.CSS("#" + tt.do)))
		if got := p.eval(open); got != tt.want {
			t.Errorf("%s: %s are open, want %s", tt.do, got, tt.want)
		}
	}
	before := p.eval(`getComputedStyle(document.body).backgroundColor`)
	p.run(chromedp.Click(chromedp.CSS("#theme")))
	if after := p.eval(`getComputedStyle(document.body).backgroundColor`); after == before || p.eval(`document.getElementById('theme').ariaPressed`) != "true" {
		t.Errorf("the colour of the paper stays %s", after)
	}
	p.run(chromedp.Click(chromedp.CSS(".copy")))
	time.Sleep(100 * time.Millisecond)
	if got := p.eval(`getSelection().toString()`); got != fingerprint("a").Short() {
		t.Errorf("what is to be copied is %q", got)
	}
	p.run(chromedp.Click(chromedp.CSS("#fold")))
	p.eval(`dispatchEvent(new Event('beforeprint'))`)
	if got := p.eval(`document.querySelectorAll('details:not([open])').length`); got != "0" {
		t.Errorf("%s are folded on paper", got)
	}
	p.eval(`dispatchEvent(new Event('afterprint'))`)
	if got := p.eval(open); got != "0" {
		t.Errorf("%s stay open after printing", got)
	}
	p.quiet()
}

// TestBrowserHostile shows pages that try to act, and uses all that they have.
func TestBrowserHostile(t *testing.T) {
	b := browser(t)
	for _, c := range append(cases(), attack()) {
		t.Run(c.name, func(t *testing.T) {
			p := open(t, b, c)
			p.eval(`(() => {
				for (const e of document.querySelectorAll('summary, button')) e.click();
				for (const s of document.querySelectorAll('select')) for (const o of s.options) {
					s.value = o.value;
					s.dispatchEvent(new Event('change', {bubbles: true}));
				}
				for (const e of document.querySelectorAll('*')) {
					if (e.focus) e.focus();
					e.dispatchEvent(new MouseEvent('mouseover', {bubbles: true}));
				}
			})()`)
			p.eval(`new Promise(done => setTimeout(done, 300))`)
			if got := p.eval(`document.querySelectorAll('img, iframe, object, embed, base, video, audio, svg svg, script:not(:last-of-type)').length`); got != "0" {
				t.Errorf("%s elements that no report has", got)
			}
			if got := p.eval(`document.querySelectorAll('script, style, form, meta[http-equiv]').length`); !strings.Contains("3 4", got) {
				t.Errorf("%s scripts, style sheets, forms and policies", got)
			}
			p.quiet()
		})
	}
}

// TestBrowserWithoutScript checks that a page without scripts shows everything,
// and nothing that needs one.
func TestBrowserWithoutScript(t *testing.T) {
	c := incident()
	name := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(name, []byte(strings.Replace(string(render(t, "html", c)), pageScript, "", 1)), 0o666); err != nil {
		t.Fatal(err)
	}
	ctx := browser(t)
	p := &browserPage{Context: ctx, t: t}
	p.run(chromedp.Navigate((&url.URL{Scheme: "file", Path: name}).String()))
	if got := p.eval(shownFindings); got != fmt.Sprint(len(c.findings)) {
		t.Errorf("%s findings, want %d", got, len(c.findings))
	}
	if got := p.eval(`Array.from(document.querySelectorAll('button, input, select')).filter(e => e.offsetParent !== null).length`); got != "0" {
		t.Errorf("%s controls that do nothing", got)
	}
}

// TestBrowserMany checks that a page with as much as it can hold is usable.
func TestBrowserMany(t *testing.T) {
	c := many(25_000)
	p := open(t, browser(t), c)
	start := time.Now()
	p.choose("text", c.findings[500].Fingerprint.String())
	p.eval(`document.body.offsetHeight`)
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("a filter takes %v", d)
	} else {
		t.Logf("a filter takes %v, with 0.2 s of waiting for more letters", d)
	}
	if got := p.eval(`document.getElementById('count').textContent`); got != "1 of 1,000 findings" {
		t.Errorf("it says %q", got)
	}
	p.quiet()
}

// many returns a report of n findings.
func many(n int) testCase {
	c := incident()
	some := incident().findings
	c.findings = nil
	for i := range n {
		f := some[i%4]
		f.Fingerprint = fingerprint(fmt.Sprint(i))
		f.Masked = fmt.Sprintf("%s…%04x", f.Masked[:6], i%65536)
		f.Locations = append([]Location{}, f.Locations...)
		for j := range f.Locations {
			f.Locations[j].Date = f.Locations[j].Date.AddDate(0, i%20, i%28)
		}
		c.findings = append(c.findings, f)
	}
	Sort(c.findings)
	return c
}

// TestBrowserAccessible holds pages against the rules of axe-core, on a wide
// and on a narrow screen, light and dark, folded and not. LEAKFLARE_AXE names
// axe.min.js.
func TestBrowserAccessible(t *testing.T) {
	name := os.Getenv("LEAKFLARE_AXE")
	if name == "" {
		t.Skip("LEAKFLARE_AXE does not name axe.min.js")
	}
	axe, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	b := browser(t)
	for _, c := range append(cases(), incident(), attack()) {
		for _, dark := range []string{"light", "dark"} {
			for _, width := range []int64{1280, 360} {
				t.Run(fmt.Sprintf("%s/%s/%d", c.name, dark, width), func(t *testing.T) {
					p := open(t, b, c, chromedp.EmulateViewport(width, 800))
					p.eval(fmt.Sprintf(`document.documentElement.dataset.theme = %q`, dark))
					p.eval(`(() => { for (const d of document.querySelectorAll('details')) d.open = true; const s = document.getElementById('show'); if (s) s.click(); })()`)
					if got := p.eval(`document.documentElement.scrollWidth - innerWidth`); got != "0" && !strings.HasPrefix(got, "-") {
						t.Errorf("it is %s pixels wider than the screen", got)
					}
					p.quiet()
					// Axe itself makes markup, which the policy of a page forbids.
					var violations []struct {
						ID, Help string
						Nodes    []struct{ HTML, FailureSummary string }
					}
					p.run(chromedp.Evaluate[chromedp.Void](string(axe) + ";0"))
					out := p.eval(`axe.run(document, {resultTypes: ['violations']}).then(r => JSON.stringify(r.violations))`)
					if err := json.Unmarshal([]byte(out), &violations); err != nil {
						t.Fatal(err)
					}
					for _, v := range violations {
						t.Errorf("%s: %s, %d times, first in %s: %s", v.ID, v.Help, len(v.Nodes), v.Nodes[0].HTML, v.Nodes[0].FailureSummary)
					}
				})
			}
		}
	}
}
