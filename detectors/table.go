package detectors

import "bytes"

// In a table, what a value is says the head of its column, and whose it is its row:
// of fields between commas, tabs, semicolons or bars, or of cells of HTML and of
// spreadsheets.

// inTable reports whether text[start:end] is a field of a table, or a cell, that stands
// where Cloudflare and a token or key are named: in a heading, or in another field.
func inTable(text []byte, start, end int) bool {
	if mentionsVendor(cellBefore(text, start)) && end < len(text) && text[end] == '<' {
		return near(text, start, nearBefore, 0, "token", "key", "password", "secret", " api<")
	}
	delimiter := func(i int) bool {
		return i < 0 || i >= len(text) || text[i] == '\r' || text[i] == '\n' || isDelimiter(text[i])
	}
	for start > 0 && (text[start-1] == ' ' || text[start-1] == '"') {
		start--
	}
	for end < len(text) && (text[end] == ' ' || text[end] == '"') {
		end++
	}
	if !delimiter(start-1) || !delimiter(end) || !fielded(text, start, end) {
		return false
	}
	return near(text, start, nearBefore, 0, "cf_token", "cf_key", "cf_api", "cf_global", "cloudflare_", "cloudflare token", "cloudflare key", "cloudflare api", "cloudflare\t", "cloudflare,", "cloudflare;", "cloudflare |")
}

// fielded reports whether a comma, tab, semicolon or bar is on either side of
// the field text[start:end].
func fielded(text []byte, start, end int) bool {
	return start > 0 && isDelimiter(text[start-1]) || end < len(text) && isDelimiter(text[end])
}

// isDelimiter reports whether c may stand between the fields of a table.
func isDelimiter(c byte) bool { return c == ',' || c == ';' || c == '|' || c == '\t' }

// aroundFields are the characters that may stand between a delimiter and a value.
var aroundFields = charsOf(" \"'`*")

// columned tells how the value at text[at:] is called by the head of its column, and
// whether it has one.
func columned(text []byte, at int) (naming, bool) {
	lo := max(0, at-Reach)
	start := at
	for start > lo && aroundFields[text[start-1]] {
		start--
	}
	d := byte(0)
	switch {
	case start > lo && isDelimiter(text[start-1]):
		d = text[start-1]
	case start > lo && text[start-1] != '\n': // the common case, told at once
		return unnamed, false
	default: // the first
		end := at
		for end < len(text) && (class[text[end]]&base64Char != 0 || aroundFields[text[end]]) {
			end++
		}
		if end == len(text) || !isDelimiter(text[end]) {
			return unnamed, false
		}
		d = text[end]
	}
	from := lineStart(text, at)
	row := line(text, from)
	k, n := fields(text[from:at], d), fields(row, d)
	head := -1
	for i := from; i > lo; {
		end := i - 1
		i = lineStart(text, end)
		above := line(text, i)
		if i == at-Reach {
			break // where it begins is not to be seen
		}
		if isRule(above) {
			continue
		}
		if fields(above, d) != n {
			break
		}
		head = i
	}
	if head < 0 {
		return unnamed, false
	}
	field := line(text, head)
	defined := isDefinition(field)
	if defined {
		field = field[bytes.IndexByte(field, '(')+1:]
	}
	heads := field
	if !defined && bytes.ContainsAny(heads, "(){}=<>[]") { // no words
		return unnamed, false
	}
	for ; k > 0; k-- {
		field = field[nextField(field, d):]
	}
	end := len(field)
	if i := nextField(field, d); i > 0 {
		end = i - 1
	}
	if defined {
		column, _, _ := bytes.Cut(bytes.TrimLeft(field[:end], " \"`"), []byte(" "))
		if column = bytes.TrimRight(column, "\"`"); bytes.EqualFold(column, []byte("key")) {
			return foreign, true // of anything
		}
		field, end = column, len(column)
	}
	name := namedAt(field[:end], end)
	if name == foreign && !hasSense(field[:end], other) && !hasSense(field[:end], vendor) {
		name = generic // login_password, of a vault
	}
	if name != generic || mentionsVendor(row) || mentionsVendor(heads) {
		return name, true
	}
	if hasSense(row, vendor) {
		return foreign, true
	}
	for i := head + len(heads) + 1; i < min(len(text), at+nearAfter); i += len(line(text, i)) + 1 {
		if other := line(text, i); fields(other, d) == n && mentionsVendor(other) {
			return foreign, true
		}
	}
	return name, true
}

// isDefinition reports whether row defines a table of SQL, on one line: as in dumps of
// SQLite, above the rows of the table, of which it tells the columns.
func isDefinition(row []byte) bool {
	const create = "CREATE TABLE "
	return len(row) > len(create) && bytes.EqualFold(row[:len(create)], []byte(create)) && bytes.IndexByte(row, '(') >= 0
}

// fields returns how many delimiters stand in row, outside of quotes.
func fields(row []byte, d byte) (n int) {
	for {
		i := nextField(row, d)
		if i == 0 {
			return n
		}
		n, row = n+1, row[i:]
	}
}

// nextField returns where in row the field behind the first delimiter begins, 0 if there
// is none.
func nextField(row []byte, d byte) int {
	quoted := false
	for i, c := range row {
		switch {
		case c == '"':
			quoted = !quoted
		case c == d && !quoted:
			return i + 1
		}
	}
	return 0
}

// isRule reports whether row is the rule between the head of a table and the rest.
func isRule(row []byte) bool {
	return bytes.Contains(row, []byte("--")) && len(bytes.Trim(row, "-+|: \t=")) == 0
}

// cellBefore returns the text of the element of XML or HTML before the one that the
// value at text[at:] is in; nil if there is none on its line.
func cellBefore(text []byte, at int) []byte {
	before := text[max(0, at-lineBefore):at]
	if len(before) == 0 || before[len(before)-1] != '>' {
		return nil
	}
	for len(before) > 0 && before[len(before)-1] == '>' {
		i := bytes.LastIndexByte(before, '<')
		if i < 0 {
			return nil
		}
		before = bytes.TrimRight(before[:i], " \t\r\n")
	}
	return before[bytes.LastIndexByte(before, '>')+1:]
}
