package archive

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/flate"
)

// cabinet returns a cabinet of files that are packed together by a method.
func cabinet(t testing.TB, method uint16, files ...file) string {
	t.Helper()
	le := binary.LittleEndian
	var names, content []byte
	for _, f := range files {
		names = le.AppendUint32(names, uint32(len(f.content)))
		names = le.AppendUint32(names, uint32(len(content)))
		names = append(append(names, make([]byte, 8)...), f.name+"\x00"...)
		content = append(content, f.content...)
	}
	var data []byte
	blocks, last := 0, []byte(nil)
	for len(content) > 0 {
		block := content[:min(len(content), cabBlock)]
		content = content[len(block):]
		packed := block
		if method == cabDeflated {
			var b bytes.Buffer
			w, err := flate.NewWriterDict(&b, 6, last)
			packed = []byte("CK" + through(t, &b, w, err, string(block)))
		}
		data = append(data, 0, 0, 0, 0)
		data = le.AppendUint16(data, uint16(len(packed)))
		data = append(le.AppendUint16(data, uint16(len(block))), 'R') // one byte is reserved
		data = append(data, packed...)
		blocks++
		last = block
	}
	const head = cabHeaderSize + 4 + 2 + 8 // with what is reserved
	b := []byte(cabMagic)
	b = le.AppendUint32(b, uint32(head+len(names)+len(data)))
	b = append(b, 0, 0, 0, 0)
	b = le.AppendUint32(b, head)
	b = append(b, 0, 0, 0, 0, 3, 1, 1, 0)
	b = le.AppendUint16(b, uint16(len(files)))
	b = append(b, cabReserve, 0, 0, 0, 0, 0)
	b = append(b, 2, 0, 0, 1, 'R', 'R')
	b = le.AppendUint32(b, uint32(head+len(names)))
	b = le.AppendUint16(b, uint16(blocks))
	b = le.AppendUint16(b, method)
	return string(b) + string(names) + string(data)
}

// TestCab says that the files of a cabinet are handed out, also where they go over
// blocks, and that another method is named.
func TestCab(t *testing.T) {
	large := code(100000)
	files := []file{{"a", text}, {`dir\b`, large}, {"c", text}}
	want := []string{"x.cab!a: " + text, `x.cab!dir\b: ` + large[:keep], "x.cab!c: " + text}
	walked(t, cabinet(t, cabStored, files...), "x.cab", DefaultLimits).want(t, want)
	walked(t, cabinet(t, cabDeflated, files...), "x.cab", DefaultLimits).want(t, want)
	walked(t, zipped(t, file{"x.cab", cabinet(t, cabDeflated, files[:1]...)}), "x.zip", DefaultLimits).
		want(t, []string{"x.zip!x.cab!a: " + text})
	walked(t, cabinet(t, 3, files[:1]...), "x.cab", DefaultLimits).
		want(t, nil, "fault x.cab!a: packed by a method that is not known (3): not unpacked")
	two := []file{{"a", text}, {"c", text}}
	for folder, want := range map[uint16][]string{
		0: {"x.cab!a: " + text, "x.cab!c: " + text}, cabTo: {"x.cab!a: " + text, "x.cab!c: " + text},
		cabFrom: {"x.cab!c: " + text}, cabFromTo: {"x.cab!c: " + text},
	} {
		data := []byte(cabinet(t, cabStored, two...))
		binary.LittleEndian.PutUint16(data[cabHeaderSize+4+2+8+8:], folder)
		var notes []string
		if len(want) < len(two) {
			notes = []string{"x.cab!a: going on in another file"}
		}
		walked(t, string(data), "x.cab", DefaultLimits).want(t, want, notes...)
	}
	within := []byte(cabinet(t, cabStored, append(two, file{"d", text})...))
	at := strings.Index(string(within), "c\x00") - 12
	binary.LittleEndian.PutUint32(within[at:], 1)
	walked(t, string(within), "x.cab", DefaultLimits).want(t, []string{"x.cab!a: " + text, "x.cab!d: " + text},
		"x.cab!c: malformed, unpacked as far as that goes")
}

// TestCabTool says so of what gcab makes.
func TestCabTool(t *testing.T) {
	tool, err := exec.LookPath("gcab")
	if err != nil {
		t.Skip("no gcab command to pack files with")
	}
	dir := t.TempDir()
	large := strings.Repeat(code(5000), 20)
	check(t, os.WriteFile(filepath.Join(dir, "a"), []byte(text), 0o666))
	check(t, os.WriteFile(filepath.Join(dir, "b"), []byte(large), 0o666))
	for _, args := range [][]string{{"-c", "x.cab", "a", "b"}, {"-c", "-z", "x.cab", "a", "b"}} {
		cmd := exec.Command(tool, args...)
		cmd.Dir = dir
		if text, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		data, err := os.ReadFile(filepath.Join(dir, "x.cab"))
		check(t, err)
		walked(t, string(data), "x.cab", DefaultLimits).want(t, []string{"x.cab!a: " + text, "x.cab!b: " + large[:keep]})
	}
}
