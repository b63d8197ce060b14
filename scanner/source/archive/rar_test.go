package archive

import (
	"encoding/binary"
	"hash/crc32"
	"testing"

	"github.com/nwaples/rardecode/v2"
)

// rarFile returns a RAR file of members that are stored: there is no encoder.
func rarFile(files ...file) string {
	vint := func(b []byte, n ...int) []byte {
		for _, n := range n {
			b = binary.AppendUvarint(b, uint64(n))
		}
		return b
	}
	block := func(body []byte) string {
		sized := append(vint(nil, len(body)), body...)
		return string(binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(sized))) + string(sized)
	}
	const (
		archive, member, end = 1, 2, 5
		hasData, hasCRC      = 2, 4
	)
	data := "Rar!\x1a\x07\x01\x00" + block(vint(nil, archive, 0, 0))
	for _, f := range files {
		body := vint(nil, member, hasData, len(f.content), hasCRC, len(f.content), 0o644)
		body = binary.LittleEndian.AppendUint32(body, crc32.ChecksumIEEE([]byte(f.content)))
		body = vint(body, 0, 1, len(f.name))
		data += block(append(body, f.name...)) + f.content
	}
	return data + block(vint(nil, end, 0, 0))
}

// TestRAR says that members of RAR files are handed out, that what has other
// errors than malformed bytes is told, and that old ones are named.
func TestRAR(t *testing.T) {
	data := rarFile(file{"a", text}, file{"dir/b.zip", zipped(t, file{"c", text})})
	walked(t, data, "x.rar", DefaultLimits).want(t, []string{"x.rar!a: " + text, "x.rar!dir/b.zip!c: " + text})
	walked(t, "Rar!\x1a\x07\x00"+text, "x.rar", DefaultLimits).want(t, nil, "fault x.rar: RAR before version 5: not unpacked")
	for err, want := range map[error]string{
		rardecode.ErrArchiveEncrypted:      "encrypted, not unpacked",
		rardecode.ErrMultiVolume:           "going on in another file",
		rardecode.ErrDictionaryTooLarge:    "it needs more memory than may be used: not unpacked",
		rardecode.ErrArchivedFileEncrypted: "encrypted, not unpacked",
	} {
		if got := rarError(err); got.Error() != want {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
	}
}

func FuzzRAR(f *testing.F) { fuzz(f, rarFormat, "x.rar") }
