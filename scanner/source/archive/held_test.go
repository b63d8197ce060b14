package archive

import (
	"bytes"
	"testing"
)

// Content of more than 2 GB must not make an int of 32 bits positive again.
func TestLimitedBufferStaysFull(t *testing.T) {
	b := limitedBuffer{new(bytes.Buffer), 10}
	for _, p := range []string{"12345", "123456", "1", "123456"} {
		if n, err := b.Write([]byte(p)); n != len(p) || err != nil {
			t.Fatalf("Write(%q) = %d, %v", p, n, err)
		}
	}
	if b.String() != "12345" || b.left != 0 {
		t.Errorf("kept %q, with %d bytes left", b.String(), b.left)
	}
}
