package archive

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// sqliteOf returns an SQLite file of pages of 512 bytes, the first of which has
// one record, in the form that a table has. It is of a length of which little is
// left to that page.
func sqliteOf(content string) []byte {
	const size, least = 512, (512-12)*32/255 - 23
	pages := 2 + len(content)/(size-4)
	b := make([]byte, pages*size)
	copy(b, "SQLite format 3\x00")
	binary.BigEndian.PutUint16(b[16:], size)
	page := b[100:]
	page[0], page[4] = 0x0d, 1
	local := least + (len(content)-least)%(size-4)
	if local > size-35 {
		local = least
	}
	n := len(content)
	head := []byte{0x80 | byte(n>>14), 0x80 | byte(n>>7), byte(n & 0x7f), 1}
	at := size - len(head) - local - 4
	binary.BigEndian.PutUint16(page[8:], uint16(at))
	copy(b[at:], head)
	copy(b[at+len(head):], content[:local])
	b[size-1] = 2
	content = content[local:]
	for n := 2; content != ""; n++ {
		next := b[(n-1)*size : n*size]
		content = content[copy(next[4:], content):]
		if content != "" {
			binary.BigEndian.PutUint32(next, uint32(n+1))
		}
	}
	return b
}

// A seam is where a record goes on.
type seam struct {
	path string
	at   int64 // in the record
	text string
}

func seamsOf(t *testing.T, data, name string) (all []seam) {
	t.Helper()
	o := &Opener{Limits: DefaultLimits}
	err := o.Walk(context.Background(), name, Recognise([]byte(data), name), strings.NewReader(data), int64(len(data)), Walk{
		Emit: func(m Member, r io.Reader) error {
			b, err := io.ReadAll(r)
			if strings.Contains(m.Path, " record ") {
				all = append(all, seam{m.Path, m.Offset, string(b)})
			}
			return err
		},
		Note: func(path string, why error, _ bool) { t.Errorf("%s: %s", path, why) },
	})
	check(t, err)
	return all
}

// TestSQLite says that of a record which goes on in other pages it is handed out
// where it does, also of a file in an archive, and that nothing else is.
func TestSQLite(t *testing.T) {
	record := "a record " + strings.Repeat("0123456789", 290)
	data := string(sqliteOf(record))
	const path = "x.db!page 1 record 1"
	var want []seam
	for at := 39 + (len(record)-39)%508; at < len(record); at += 508 {
		from := max(0, at-sqliteSeam)
		want = append(want, seam{path, int64(from), record[from : at+sqliteSeam]})
	}
	if got := seamsOf(t, data, "x.db"); len(want) < 5 || !slices.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	r := walked(t, zipped(t, file{"x.db", data}), "x.zip", DefaultLimits)
	if len(r.members) < 3 || r.members[1] != "x.zip!x.db: "+data || !strings.HasPrefix(r.members[2], "x.zip!x.db!page 1 record 1") {
		t.Errorf("got %.100q", r.members)
	}
}

// TestSQLiteWords says that no word is cut where what is handed out begins and ends: the
// first of a long one might be a credential.
func TestSQLiteWords(t *testing.T) {
	var record strings.Builder
	for i := range 650 {
		fmt.Fprintf(&record, "%d ", 1000+i)
	}
	seams := seamsOf(t, string(sqliteOf(record.String())), "x.db")
	if len(seams) < 5 {
		t.Fatalf("%d seams", len(seams))
	}
	for _, s := range seams {
		for _, w := range strings.Fields(s.text) {
			if len(w) != 4 {
				t.Errorf("at %d, the word %q is a part of one", s.at, w)
			}
		}
		if want := record.String()[s.at:]; !strings.HasPrefix(want, s.text) {
			t.Errorf("%q does not stand at %d", s.text, s.at)
		}
	}
}

// TestSQLiteHostile says that what a file says of its pages is not believed.
func TestSQLiteHostile(t *testing.T) {
	content := strings.Repeat("0123456789", 290)
	limits := DefaultLimits
	limits.Size = 1 << 20
	for name, change := range map[string]func(b []byte){
		"pages that go round": func(b []byte) { b[512+3], b[2*512+3] = 3, 2 },
		"a page that is none": func(b []byte) { b[512+0] = 0xff },
		"pages of no size":    func(b []byte) { b[16], b[17] = 0, 0 },
		"pages of all sizes":  func(b []byte) { b[16], b[17] = 2, 1 },
		"nothing is usable":   func(b []byte) { b[20] = 0xff },
		"records without end": func(b []byte) { b[103], b[104] = 0xff, 0xff },
		"a record beyond it":  func(b []byte) { b[108], b[109] = 0xff, 0xff },
		"a record of all": func(b []byte) {
			at := binary.BigEndian.Uint16(b[108:])
			copy(b[at:], "\xff\xff\xff\xff\xff\xff\xff\xff\xff")
		},
		"a record of too much": func(b []byte) { at := binary.BigEndian.Uint16(b[108:]); copy(b[at:], "\xff\xff\x7f") },
	} {
		t.Run(name, func(t *testing.T) {
			b := sqliteOf(content)
			change(b)
			if r := walked(t, string(b), "x.db", limits); r.bytes > int64(len(b)) {
				t.Errorf("%d bytes of %d", r.bytes, len(b))
			}
		})
	}
	// All records lead to the same pages.
	b := sqliteOf(strings.Repeat("0123456789", 30000))
	at := binary.BigEndian.Uint16(b[108:])
	b[104] = 20
	for i := range 20 {
		binary.BigEndian.PutUint16(b[108+2*i:], at)
	}
	r := walked(t, string(b), "x.db", limits)
	if want := "fault x.db: unpacked, it is more than may be: what is behind that was not unpacked"; r.bytes > limits.Size || !slices.Equal(r.notes, []string{want}) {
		t.Errorf("%d bytes, notes %q", r.bytes, r.notes)
	}
}

// TestSQLiteShared says that records which all go on in the same pages are read as far as
// that may be, since there may be any number, and that this is said.
func TestSQLiteShared(t *testing.T) {
	const (
		size, pages, cells = 1 << 15, 16, 10000
		local              = (size-12)*32/255 - 23
		record             = local + size - 4 // of which the rest is one page
		at                 = size - local - 8
	)
	b := make([]byte, pages*size)
	copy(b, "SQLite format 3\x00")
	binary.BigEndian.PutUint16(b[16:], size)
	for n := range pages {
		page := b[n*size : (n+1)*size]
		head := page
		if n == 0 {
			head = page[100:]
		}
		head[0] = 0x0d
		binary.BigEndian.PutUint16(head[3:], cells)
		for i := range cells {
			binary.BigEndian.PutUint16(head[8+2*i:], at)
		}
		copy(page[at:], []byte{0x80 | record>>14, 0x80 | record>>7&0x7f, record & 0x7f, 1})
		page[size-1] = 2
	}
	r := walked(t, string(b), "x.db", DefaultLimits)
	if len(r.members) != sqliteUses*pages || !slices.Equal(r.notes, []string{"x.db: " + errBroken.Error()}) {
		t.Errorf("%d records of %d pages, notes %q", len(r.members), pages, r.notes)
	}
}

// TestSQLiteTool says that records of what sqlite3 makes are handed out whole, of
// tables and indexes, with pages of any size.
func TestSQLiteTool(t *testing.T) {
	tool, err := exec.LookPath("sqlite3")
	if err != nil {
		t.Skip("no sqlite3 command to make a file with")
	}
	for size, records := range map[int]int{512: 16, 4096: 24, 65536: 40} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.db")
			sql := fmt.Sprintf("pragma page_size=%d; begin; create table t(a, b); create index i on t(b); create table u(a primary key, b) without rowid;", size)
			n, contents := 0, ""
			for i := range records {
				s := fmt.Sprintf("begin%d ", i) + strings.Repeat(fmt.Sprint(i), i*i*i) + fmt.Sprintf(" end%d", i)
				sql += fmt.Sprintf("insert into t values(%d, '%s'); insert into u values('u%s', 0);", i, s, s)
				contents += "u" + s + "\n"
				if len(s) > size {
					n += 3 * (1 + (len(s)-size)/(size-4)) // in a table and in two indexes
				}
			}
			cmd := exec.Command(tool, path)
			cmd.Stdin = strings.NewReader(sql + "commit;")
			if text, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			data, err := os.ReadFile(path)
			check(t, err)
			all := seamsOf(t, string(data), "x.db")
			if len(all) < n || n == 0 {
				t.Errorf("%d seams, want %d", len(all), n)
			}
			for _, s := range all {
				// What else is in a record, before and behind the text, is no text.
				text := s.text
				if i := strings.LastIndexFunc(text[:min(20, len(text))], unicode.IsControl); i >= 0 {
					text = text[i+1:]
				}
				text, _, _ = strings.Cut(strings.TrimFunc(text, unicode.IsControl), "\x00")
				for i := 0; i < 3 && !strings.Contains(contents, text); i++ { // the number of a row
					text = text[:max(0, len(text)-1)]
				}
				if len(text) < sqliteSeam/2 && !strings.Contains(text, "end") || !strings.Contains(contents, text) {
					t.Errorf("%s from %d: %q", s.path, s.at, s.text)
				}
			}
		})
	}
}
