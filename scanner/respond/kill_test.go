package respond

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/testdata/mint"
)

// childEnv holds the order for a run in a process of its own, as JSON.
const childEnv = "LEAKFLARE_RESPOND_CHILD"

// An errand is what such a run does.
type errand struct {
	Server, Journal, Escrow, To, Seal, Key string

	// With these the server is a fake of the API, and what is rolled no token.
	Operator string
	Targets  []Target
}

const tokensToKill = 50

// rollAsChild is a run that may be killed.
func rollAsChild(order string) int {
	var e errand
	if err := json.Unmarshal([]byte(order), &e); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 3
	}
	c, targets := newCloud(tokensToKill)
	api := e.api()
	if e.Operator != "" {
		targets = e.Targets
		var err error
		if api, err = e.agent(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	to, err := ParseDelivery(e.To)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 3
	}
	options := Options{To: to, Journal: e.Journal, Escrow: e.Escrow, EscrowRecipient: e.Seal, EscrowIdentity: e.Key, CheckDelay: time.Millisecond}
	if e.Operator == "" {
		options.Leaked = c.leaked
	}
	p, err := NewPlan(context.Background(), api, Roll, targets, options)
	if err == nil {
		err = p.WriteText(os.Stdout)
	}
	if err == nil {
		_, err = Apply(context.Background(), p, func(e Event) { fmt.Printf("%s %+v %v\n", e.Step, e.Item, e.Err) })
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%+v\n", err)
		return 1
	}
	return 0
}

// api returns the API of the server in the parent.
func (e errand) api() API {
	// Go's client repeats a PUT by itself when a connection that was used before
	// is closed on it. Here, that is to be seen.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	call := func(method, path, value string) (string, error) {
		req, err := http.NewRequest(method, e.Server+path, strings.NewReader(value))
		if err != nil {
			return "", err
		}
		resp, err := client.Do(req)
		if err != nil {
			return "", errors.New("no answer")
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if resp.StatusCode != http.StatusOK {
			err = errors.New(resp.Status)
		}
		return string(body), err
	}
	return API{
		Describe: func(_ context.Context, t Target) (Details, error) {
			name, err := call("GET", "/"+t.TokenID, "")
			return Details{Name: name, Status: secret.Active, Credential: "a token"}, err
		},
		Roll: func(_ context.Context, t Target) (secret.Value, error) {
			v, err := call("PUT", "/"+t.TokenID, "")
			return secret.New([]byte(v)), err
		},
		Status: func(_ context.Context, t Target, v secret.Value) (secret.Status, string) {
			s, err := call("POST", "/"+t.TokenID, v.Reveal())
			if err != nil {
				return secret.Unknown, err.Error()
			}
			return secret.Status(s), ""
		},
	}
}

// deliverAsCommand is a delivery command: it stores the value by itself. It
// fails if it is told to, or finds the value where it must not be.
func deliverAsCommand(args []string) int {
	value, err := io.ReadAll(os.Stdin)
	if err != nil || args[0] == "fail" {
		fmt.Printf("would store %s\n", value)
		return 1
	}
	public := strings.Join(append(os.Environ(), os.Args...), "\n")
	if len(value) == 0 || strings.Contains(public, string(value)) || strings.Contains(public, "CLOUDFLARE_API_TOKEN=") {
		return 2
	}
	name := filepath.Join(args[0], os.Getenv("LEAKFLARE_TOKEN_ID"))
	tmp := fmt.Sprint(name, ".", os.Getpid())
	if err := os.WriteFile(tmp, value, 0o600); err != nil {
		return 3
	}
	if err := os.Rename(tmp, name); err != nil {
		return 4
	}
	return 0
}

// A server is the true state of the tokens, which outlives all runs.
type server struct {
	mu       sync.Mutex
	cloud    *cloud
	journal  string
	rolled   int
	afterEnd []string // rolled though the journal said that they were done
	values   []string // all there ever were
	rnd      *rand.Rand
}

// ServeHTTP implements [http.Handler]. Now and then it changes nothing and
// fails, or changes the token and closes the connection instead of answering.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := r.URL.Path[1:]
	t := s.cloud.tokens[id]
	switch r.Method {
	case "GET":
		fmt.Fprint(w, t.details.Name)
	case "POST":
		got, _ := io.ReadAll(r.Body)
		status := secret.Invalid
		if string(got) == t.current() {
			status = secret.Active
		}
		fmt.Fprint(w, status)
	case "PUT":
		luck := s.rnd.IntN(100)
		if luck < 2 {
			http.Error(w, "", http.StatusBadGateway)
			return
		}
		if data, _ := os.ReadFile(s.journal); regexp.MustCompile(`"step":"done","token_id":"` + id).Match(data) {
			s.afterEnd = append(s.afterEnd, id)
		}
		t.rolls++
		s.rolled++
		v := mint.Token("cfut_", fmt.Sprint(id, t.rolls, s.rnd.Uint64()))
		t.values = append(t.values, v)
		s.values = append(s.values, v)
		if luck < 4 {
			panic(http.ErrAbortHandler)
		}
		time.Sleep(time.Duration(s.rnd.IntN(2000)) * time.Microsecond)
		fmt.Fprint(w, v)
	}
}

// TestKilled rolls tokens in a process that is killed at random moments and
// started again until it is done, by each kind of delivery in turn, as often as
// LEAKFLARE_KILLS kills take.
func TestKilled(t *testing.T) {
	kills := 15
	if s := os.Getenv("LEAKFLARE_KILLS"); s != "" {
		var err error
		if kills, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	seed := uint64(time.Now().UnixNano())
	rnd := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	var total campaign
	for round := 0; total.kills < kills; round++ {
		kind := []string{"dir", "exec", "file", "age", "sealed"}[round%5]
		c := newCampaign(t, kind, rnd)
		c.fight(kills - total.kills)
		c.check()
		total.kills += c.kills
		total.runs += c.runs
		total.failed += c.failed
		total.rolled += c.server.rolled
		total.tokens += tokensToKill
	}
	t.Logf("%d kills, %d runs of which %d ended with an error of the API; %d tokens, %d rolls", total.kills, total.runs, total.failed, total.tokens, total.rolled)
}

// A campaign is one set of tokens that is rolled in spite of all.
type campaign struct {
	t                                   *testing.T
	server                              *server
	errand                              errand
	kind, dir                           string
	id                                  *age.X25519Identity
	rnd                                 *rand.Rand
	kills, runs, failed, rolled, tokens int
	output                              bytes.Buffer
	secrets                             []string // that no run may show, beside those of the server
}

func newCampaign(t *testing.T, kind string, rnd *rand.Rand) *campaign {
	c := &campaign{t: t, kind: kind, rnd: rnd, dir: filepath.Join(t.TempDir(), "new"), id: identity(t)}
	state := t.TempDir()
	cloud, _ := newCloud(tokensToKill)
	c.server = &server{cloud: cloud, journal: filepath.Join(state, "journal"), rnd: rand.New(rand.NewPCG(rnd.Uint64(), 0))}
	for _, ct := range cloud.tokens {
		c.server.values = append(c.server.values, ct.current())
	}
	http := httptest.NewServer(c.server)
	t.Cleanup(http.Close)
	c.errand = errand{Server: http.URL, Journal: c.server.journal, To: kind + ":" + c.dir}
	switch kind {
	case "age":
		c.errand.To = "age:" + c.id.Recipient().String() + ":" + c.dir
	case "exec":
		if err := os.Mkdir(c.dir, 0o700); err != nil {
			t.Fatal(err)
		}
		c.errand.To = "exec:" + quote(os.Args[0]) + " deliver " + quote(c.dir)
	case "sealed":
		c.errand.To = "dir:" + c.dir
		c.errand.Seal = c.id.Recipient().String()
		c.errand.Key = filepath.Join(state, "key")
		if err := os.WriteFile(c.errand.Key, []byte(c.id.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// escrow returns one of two escrows, which the runs have in turn.
func (c *campaign) escrow(n int) string { return fmt.Sprint(c.errand.Journal, ".escrow", n) }

// fight runs until all is done, killing at most so often.
func (c *campaign) fight(kills int) {
	for ended := false; !ended; {
		if c.runs++; c.runs > 50+10*kills {
			c.t.Fatalf("it does not end:\n%.2000s", c.output.String())
		}
		c.errand.Escrow = c.escrow(c.runs % 2)
		order, err := json.Marshal(c.errand)
		if err != nil {
			c.t.Fatal(err)
		}
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childEnv+"="+string(order), "CLOUDFLARE_API_TOKEN=operator's own")
		cmd.Stdout, cmd.Stderr = &c.output, &c.output
		// A delivery command that outlives the run may hold its output open.
		cmd.WaitDelay = 5 * time.Second
		if err := cmd.Start(); err != nil {
			c.t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { done <- cmd.Wait() }()
		var fuse <-chan time.Time
		if c.kills < kills {
			fuse = time.After(time.Duration(5+c.rnd.IntN(150)) * time.Millisecond)
		}
		ended = c.await(cmd, done, fuse)
	}
}

// await waits until the run ends or the fuse has burnt down, and reports
// whether all is done.
func (c *campaign) await(cmd *exec.Cmd, done chan error, fuse <-chan time.Time) bool {
	var err error
	select {
	case err = <-done:
	case <-fuse:
		if cmd.Process.Kill() == nil {
			c.kills++
		}
		err = <-done
	}
	var exit *exec.ExitError
	switch {
	case err == nil:
		return true
	case !errors.As(err, &exit):
		c.t.Fatal(err)
	case exit.ExitCode() == 1:
		c.failed++
	case exit.ExitCode() > 1:
		c.t.Fatalf("%v:\n%s", err, c.output.String())
	}
	return false
}

// check holds what is at the destination against the true state.
func (c *campaign) check() {
	t := c.t
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	for id, ct := range c.server.cloud.tokens {
		if ct.rolls == 0 {
			t.Errorf("%s: token %s was not rolled", c.kind, id)
		}
		if got := c.delivered(id); got != ct.current() {
			t.Errorf("%s: token %s: the value in force is lost", c.kind, id)
		}
	}
	if len(c.server.afterEnd) > 0 {
		t.Errorf("%s: rolled after they were done: %q", c.kind, c.server.afterEnd)
	}
	for n := range 2 {
		left, _ := list(c.escrow(n))
		// What was written to try it holds nothing.
		left = slices.DeleteFunc(left, func(name string) bool { return name == ".probe.leakflare.tmp" && c.escrow(n) != c.errand.Escrow })
		if len(left) > 0 {
			t.Errorf("%s: left in the escrow: %q", c.kind, left)
		}
	}
	if names, err := list(c.dir); c.kind != "file" && c.kind != "exec" && (err != nil || len(names) != tokensToKill) {
		t.Errorf("%s: at the destination: %q, %v", c.kind, names, err)
	}
	journal, err := os.ReadFile(c.errand.Journal)
	if err != nil {
		t.Fatal(err)
	}
	for _, ct := range c.server.cloud.tokens {
		// It is the secret of the R2 key that the token in force makes.
		if made := value(ct.current()).Fingerprint().String(); strings.Contains(c.output.String(), made) || bytes.Contains(journal, []byte(made)) {
			t.Fatalf("%s: output or journal show the SHA-256 of a value in force", c.kind)
		}
	}
	for _, v := range c.server.values {
		for _, s := range append(secret.New([]byte(v)).Spellings(), v[10:30]) {
			if strings.Contains(c.output.String(), s) || bytes.Contains(journal, []byte(s)) {
				t.Fatalf("%s: output or journal show a value", c.kind)
			}
		}
	}
}

// delivered returns the value of a token at the destination.
func (c *campaign) delivered(id string) string {
	name := map[string]string{"file": c.dir, "age": filepath.Join(c.dir, id+sealed)}[c.kind]
	if name == "" {
		name = filepath.Join(c.dir, id)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		c.t.Error(err)
	}
	switch c.kind {
	case "file":
		m := regexp.MustCompile(`(?m)^`+id+` (\S+)$`).FindAllSubmatch(data, -1)
		if len(m) != 1 {
			return ""
		}
		return string(m[0][1])
	case "age":
		r, err := age.Decrypt(bytes.NewReader(data), c.id)
		if err != nil {
			c.t.Fatal(err)
		}
		if data, err = io.ReadAll(r); err != nil {
			c.t.Fatal(err)
		}
	}
	return string(data)
}
