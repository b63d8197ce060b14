// Package packer packs archives for tests. What cannot be packed is a mistake in a
// test, and a panic.
package packer

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"math/rand/v2"
	"strings"
)

// Zip returns a zip file of members, which are pairs of a name and a content.
func Zip(members ...string) string { return zipped(zip.FileHeader{Method: zip.Deflate}, members) }

// StoredZip is Zip without compression.
func StoredZip(members ...string) string { return zipped(zip.FileHeader{}, members) }

// EncryptedZip is Zip of members that say that they are encrypted.
func EncryptedZip(members ...string) string { return zipped(zip.FileHeader{Flags: encrypted}, members) }

// encrypted is the flag of a member that is.
const encrypted = 1

// zipped returns a zip file of members that are packed as a header says, or noise if
// that says that they are encrypted.
func zipped(h zip.FileHeader, members []string) string {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(members); i += 2 {
		h, content, create := h, members[i+1], z.CreateHeader
		if h.Name = members[i]; h.Flags&encrypted != 0 {
			h.CompressedSize64, h.UncompressedSize64 = uint64(len(content)), uint64(len(content))
			content, create = Noise(len(content)), z.CreateRaw
		}
		w, err := create(&h)
		fill(w, err, content)
	}
	check(z.Close())
	return b.String()
}

// Tar returns a tar file of members, which are pairs of a name and a content.
func Tar(members ...string) string {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := 0; i < len(members); i += 2 {
		fill(w, w.WriteHeader(&tar.Header{Name: members[i], Size: int64(len(members[i+1])), Mode: 0o600}), members[i+1])
	}
	check(w.Close())
	return b.String()
}

// Gzip returns content packed by gzip.
func Gzip(content string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	fill(w, nil, content)
	check(w.Close())
	return b.String()
}

// Noise returns n bytes that do not pack, the same each time.
func Noise(n int) string {
	r := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	for range n {
		b.WriteByte(byte(r.Uint32()))
	}
	return b.String()
}

func fill(w io.Writer, err error, content string) {
	check(err)
	_, err = io.WriteString(w, content)
	check(err)
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
