package archive

import (
	"bytes"
	"strings"
)

// A Format is that of an archive or of a compressed stream.
type Format uint8

// None is the format of what is not to be unpacked.
const None Format = 0

// Text is the format of text with archives in base64, and of a program with a zip file
// behind it. [Recognise] does not know it: who reads a text asks [BeginsBase64] of it, and
// [HasZipBehind] of the file.
const Text = ^None

const (
	zipFormat Format = iota + 1
	tarFormat
	gzipFormat
	zlibFormat
	bzip2Format
	xzFormat
	zstdFormat
	lz4Format
	brotliFormat
	lzmaFormat
	lzipFormat
	compressFormat
	rarFormat
	sevenZipFormat
	arFormat
	cpioFormat
	rpmFormat
	pdfFormat
	sqliteFormat
	cabFormat
	packFormat // in an archive
)

// HeadSize is how many of the first bytes of a file Recognise needs, if there
// are so many.
const HeadSize = tarBlock

// magics are what files of a format begin with, by the first byte.
//
// See file(1) and the pages that the decoders name.
var magics = func() (m [256][]magic) {
	for _, x := range []magic{
		{"PK\x03\x04", zipFormat},
		{"PK\x07\x08PK\x03\x04", zipFormat}, // of an archive that was to be split
		{"PK00PK\x03\x04", zipFormat},       // and after all was not
		{"\x1f\x8b\x08", gzipFormat},
		{"\xfd7zXZ\x00", xzFormat},
		{"\x28\xb5\x2f\xfd", zstdFormat},
		{lz4Magic, lz4Format},
		{"\x02\x21\x4c\x18", lz4Format}, // as in Linux kernels
		{lzipMagic, lzipFormat},
		{"\x1f\x9d", compressFormat},
		{"Rar!\x1a\x07", rarFormat},
		{"7z\xbc\xaf\x27\x1c", sevenZipFormat},
		{"!<arch>\n", arFormat},
		{"070701", cpioFormat},
		{"070702", cpioFormat},
		{"070707", cpioFormat},
		{"\xed\xab\xee\xdb", rpmFormat},
		{"%PDF-", pdfFormat},
		{cabMagic, cabFormat},
		{"SQLite format 3\x00", sqliteFormat},
		{"\x78\x01", zlibFormat},
		{zlibCaret, zlibFormat},
		{"\x78\x9c", zlibFormat},
		{"\x78\xda", zlibFormat},
	} {
		m[x.text[0]] = append(m[x.text[0]], x)
	}
	return m
}()

type magic struct {
	text   string
	format Format
}

// Recognise returns the format of a file by its first bytes, HeadSize or all.
// Its name, or path, is looked at where there is no other way.
func Recognise(head []byte, name string) Format {
	if len(head) == 0 {
		return None
	}
	for _, m := range magics[head[0]] {
		if len(head) >= len(m.text) && string(head[:len(m.text)]) == m.text && (m.text != zlibCaret || beginsZlib(head)) {
			return m.format
		}
	}
	switch {
	case head[0] == 'B' && isBzip2(head):
		return bzip2Format
	case isSkippable(head):
		return zstdFormat // or lz4, which is told by what follows
	case isTar(head):
		return tarFormat
	case isLZMA(head):
		return lzmaFormat
	case len(name) > 3 && strings.EqualFold(name[len(name)-3:], ".br"):
		return brotliFormat
	}
	return None
}

// isSkippable tells whether head begins with the header of a frame of zstd or lz4 that
// says nothing of what is packed.
//
// See RFC 8878, 3.1.2, and https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md.
func isSkippable(head []byte) bool {
	return len(head) >= 8 && head[0]>>4 == 5 && string(head[1:4]) == "\x2a\x4d\x18"
}

func isBzip2(head []byte) bool {
	const size = len("BZh9")
	if len(head) < size+6 || string(head[:3]) != "BZh" || head[3] < '1' || head[3] > '9' {
		return false
	}
	return bytes.HasPrefix(head[size:], []byte("\x31\x41\x59\x26\x53\x59")) || bytes.HasPrefix(head[size:], []byte("\x17\x72\x45\x38\x50\x90"))
}

// suffixes are of the names of compressed streams, with what takes their place
// when they are unpacked.
var suffixes = [][2]string{
	{".tgz", ".tar"}, {".tbz2", ".tar"}, {".tbz", ".tar"}, {".txz", ".tar"}, {".tzst", ".tar"}, {".tlz", ".tar"}, {".taz", ".tar"},
	{".gz", ""}, {".bz2", ""}, {".xz", ""}, {".zst", ""}, {".lz4", ""}, {".br", ""}, {".lzma", ""}, {".lz", ""}, {".z", ""}, {".zz", ""}, {".svgz", ".svg"},
}

// unpackedName returns the name of what the compressed stream at path holds.
func unpackedName(path string) string {
	name := path[strings.LastIndexAny(path, "/!")+1:]
	for _, s := range suffixes {
		if n := len(name) - len(s[0]); n > 0 && strings.EqualFold(name[n:], s[0]) {
			return name[:n] + s[1]
		}
	}
	return "content"
}
