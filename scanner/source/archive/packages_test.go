package archive

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
)

func arFile(files ...file) string {
	var b strings.Builder
	b.WriteString("!<arch>\n")
	for _, f := range files {
		fmt.Fprintf(&b, "%-16s%-12d%-6d%-6d%-8o%-10d`\n%s", f.name, 0, 0, 0, 0o644, len(f.content), f.content)
		if len(f.content)%2 == 1 {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// TestAr says that members of ar files are handed out by their names, as each
// kind of ar writes them.
func TestAr(t *testing.T) {
	long := "a name of more than sixteen bytes"
	walked(t, arFile(file{"debian-binary", "2.0\n"}, file{"odd", "123"}, file{"gnu/", text}, file{"empty", ""},
		file{"//", long + "/\n"}, file{"/0", text}, file{"#1/33", long + text}), "x.a", DefaultLimits).
		want(t, []string{"x.a!debian-binary: 2.0\n", "x.a!odd: 123", "x.a!gnu: " + text, "x.a!" + long + ": " + text, "x.a!" + long + ": " + text})
	walked(t, arFile(file{"debian-binary", "2.0\n"}, file{"data.tar.xz", packers[".xz"](t, tarred(t, file{"./etc/x", text}))}), "x.deb", DefaultLimits).
		want(t, []string{"x.deb!debian-binary: 2.0\n", "x.deb!data.tar.xz!etc/x: " + text})
	walked(t, arFile(file{"a", text})+"no header, and as long as one would be, but without its end in it", "x.a", DefaultLimits).
		want(t, []string{"x.a!a: " + text}, "x.a: malformed, unpacked as far as that goes")
}

func newCpio(files ...file) string {
	var b strings.Builder
	for _, f := range append(files, file{"TRAILER!!!", ""}) {
		fmt.Fprintf(&b, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 0, 0o100644, 0, 0, 1, 0, len(f.content), 0, 0, 0, 0, len(f.name)+1, 0)
		b.WriteString(f.name + "\x00")
		b.WriteString(strings.Repeat("\x00", -b.Len()&3))
		b.WriteString(f.content)
		b.WriteString(strings.Repeat("\x00", -b.Len()&3))
	}
	return b.String()
}

// TestCpio says that members of cpio files are handed out, of both formats.
func TestCpio(t *testing.T) {
	files := []file{{"etc/x", text}, {"dir", ""}, {"y", "123"}}
	want := []string{"x.cpio!etc/x: " + text, "x.cpio!y: 123"}
	walked(t, newCpio(files...), "x.cpio", DefaultLimits).want(t, want)
	var old strings.Builder
	for _, f := range append(files, file{"TRAILER!!!", ""}) {
		fmt.Fprintf(&old, "070707%06o%06o%06o%06o%06o%06o%06o%011o%06o%011o%s\x00%s", 0, 0, 0, 0, 0, 1, 0, 0, len(f.name)+1, len(f.content), f.name, f.content)
	}
	walked(t, old.String(), "x.cpio", DefaultLimits).want(t, want)
}

// rpmFile returns an RPM package with a script.
func rpmFile(t testing.TB, files ...file) string {
	header := func(entries int, data string) string {
		h := []byte("\x8e\xad\xe8\x01\x00\x00\x00\x00")
		h = binary.BigEndian.AppendUint32(h, uint32(entries))
		h = binary.BigEndian.AppendUint32(h, uint32(len(data)))
		return string(h) + strings.Repeat("\x00", 16*entries) + data
	}
	return "\xed\xab\xee\xdb" + strings.Repeat("\x00", 92) + header(1, "abc") + "\x00\x00\x00\x00\x00" +
		header(2, "#!/bin/sh\n") + packers[".zst"](t, newCpio(files...))
}

// TestRPM says that the headers of an RPM package are handed out, and the files
// in it.
func TestRPM(t *testing.T) {
	data := rpmFile(t, file{"./etc/x", text})
	r := walked(t, data, "x.rpm", DefaultLimits)
	got := content(r)
	if len(got) != 3 || !strings.HasSuffix(got[1], "#!/bin/sh\n") || got[2] != "x.rpm!etc/x: "+text || len(r.notes) > 0 {
		t.Errorf("members %q, notes %q", got, r.notes)
	}
}
