package detectors

// A hex dump shows bytes twice: as hexadecimal digits, and as text in a column of
// their own, of 16 characters a line. A credential is put together from that column,
// which is told from what stands before it on a line by that it says the same.

// maxDumped is how many bytes a line of a hex dump may show, and maxAddress how many
// digits the address before them may have.
const (
	maxDumped  = 32
	maxAddress = 16
)

// nextDumped returns how much stands between the text of a line of a hex dump, which
// ends where text begins, and that of the next; 0 if text is no such thing. It knows
// what xxd, hexdump -C, od -tx1z and Wireshark write:
//
//	00000010: 6366 7574 5f61 6263  cfut_abc
//	00000010  63 66 75 74  5f 61 62 63  |cfut_abc|
//	0000020 63 66 75 74 5f 61 62 63  >cfut_abc<
//	0010   63 66 75 74 5f 61 62 63   cfut_abc
func nextDumped(text []byte) int {
	i := 0
	if text[0] == '|' || text[0] == '<' {
		i++
	}
	n := breaks(text[i:])
	if n == 0 {
		return 0
	}
	i += n
	for i < len(text) && text[i] == ' ' && i < maxAddress {
		i++
	}
	if _, n = number(text, i, 4, maxAddress, 16); n == 0 {
		return 0
	}
	if i += n; i < len(text) && text[i] == ':' {
		i++
	}
	var (
		room  [maxDumped]byte
		shown = room[:0]
	)
	for {
		spaces := 0
		for i < len(text) && text[i] == ' ' && spaces < maxGap {
			i, spaces = i+1, spaces+1
		}
		if spaces == 0 || i == len(text) {
			return 0
		}
		if spaces > 1 && len(shown) > 0 {
			j := i
			if text[j] == '|' || text[j] == '>' {
				j++
			}
			if shows(text[j:], shown) {
				return j
			}
		}
		for first := len(shown); ; i += 2 {
			x, n := number(text, i, 2, 2, 16)
			if n == 0 && len(shown) > first {
				break
			}
			if n == 0 || len(shown) == maxDumped {
				return 0
			}
			shown = append(shown, byte(x))
		}
	}
}

// shows reports whether text begins with what a hex dump shows the bytes as: what is
// printable as it is. There may be a space in the middle.
func shows(text, bytes []byte) bool {
	gap := 0
	for i, c := range bytes {
		if 2*i == len(bytes) && i < len(text) && text[i] == ' ' && c != ' ' {
			gap = 1
		}
		if i+gap >= len(text) || text[i+gap] != c && ' ' <= c && c <= '~' {
			return false
		}
	}
	return true
}
