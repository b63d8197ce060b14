package detectors

import (
	"bytes"
	"sync"

	"github.com/leakflare/leakflare/detectors/secret"
)

// examples returns the fingerprints of values that Cloudflare's documentation,
// its libraries, the tools built on them and other scanners' tests publish as
// examples, of the UUIDs that RFC 9562 and others do, and of the SHA-256 of nothing
// and of words that people try. They are kept as digests so that no scanner, this one included,
// finds them here.
var examples = sync.OnceValue(func() map[secret.Fingerprint]bool {
	m := make(map[secret.Fingerprint]bool)
	for _, hex := range []string{
		"049da052634feb56ce6ec0bc648c672011edff1cb272b53113bbc90a8f00249c",
		"0602a3e7a72c0a761e656b1fac8c03aa463e41f398c89f8b80f971ee2aad839c",
		"070d5d6e8fbd326dc415a20966ec6d71b9a93f5e2557d64f745e42501ef3432d",
		"113459eb7bb31bddee85ade5230d6ad5d8b2fb52879e00a84ff6ae1067a210d3",
		"14de0ccc46eac64fdf410e107b31ed50b5010060c8ada0077fe1d70ff7f800e2",
		"1712b7a6415b338578b8fafde643a3fe95cd4d947fc32e389c166bc57d4eaecc",
		"1c30fa0aedcd44060174b3fbb92d499d6fc1b0e96ad8d8142e3e67c2ee1ae0c7",
		"1fb1e9f9e6c124cd3d47e45a5059bda716b2bc2889e8ead91065a35a1de1586f",
		"21ec055b38ce759cd4d0f477e9bdec2c5b8199945db4439bae334a964df6246c",
		"2312f3c6e77ca9cd5b3e01361731a1de0356743203002b0e119277b004c7b49d",
		"23cd3bc2c7522f92b07651035e9ae90bcdc6f6080cd28c4a90195559f8e26a04",
		"2970b1f6ab54ad381aae5188ea64846e93842ad404fa6f4f70f0f4b216acf70a",
		"2cd1f6f312c5f208e785178e051a2a196303659242616dcbc57dc08983185e7a",
		"2d86b9f8b1e3c767f8c886e8056b9b14ec91e4213f4898f82c3f092bb96f8ee3",
		"30a5154b77ab8b2ddbe19f5e7af72f33cc2a4a41f22940d965102650a1c72863",
		"371fad362a38168ae14d35d41bb8eee2f69a7e70e79d4fa81de8852650f8b271",
		"3d91b58504a6cc3a159005ee7b16c7ae503ca6ac2a6a3c893837083c236b864a",
		"3fc9a84885ad0d535e68f7f3fd1490eefaa31a9fca8acaa0efc9bba3784e93f9",
		"49dc52e6bf2abe5ef6e2bb5b0f1ee2d765b922ae6cc8b95d39dc06c21c848f8c",
		"49df88987aaadd8529010bd3de5b0626926cdce0dd332eda1e07196553248d2a",
		"4a173cd7acd257f2f767ab886fdd61f4c9acea76315695b1dd3592f1d2f59a4b",
		"4ed993c7c28d18538eb6e42e6727f637e0021108f8901e616511a87671400468",
		"4f7efcbbdc213010ee7e82036c64cbbac7620128eed371eb6bbe6d4a20a74d17",
		"505221025f9701f8a05cc22cbafeec897598b2924a9d665cbc10f0073d66da20",
		"5122a1d1bc9d87662dcf5fb870adf8c55faf2ce12fad1bacac2fe7df88172466",
		"57100c8f90eeb483405e22951960845b25f5c92e166b3469c1a5561ebf8b03f6",
		"5864554afb524418584a8128dc22022c2cc20942c89c7e767179be9165d2b1dd",
		"5a36b94705bf9ba7bfbc07f6907d02899098fd98f6e67a62e43f05cc05bcda71",
		"5d7b5f2a9e44137c4aff6a77d914b1d6e2e16c496cfc5ec93f0be6265167dce0",
		"5e6a8235e121de87e30ddcea11be114ecb58366a79442baa825f0e7e6ce11f63",
		"613cddecbc0a1b75f14d7442d6f663d70a55e9864e07f567036cccd20ed0df9d",
		"72cf977085a1dcb4f24f8a276e533c967cc51fb52e7cce51f61bd842a6287916",
		"7b3d979ca8330a94fa7e9e1b466d8b99e0bcdea1ec90596c0dcc8d7ef6b4300c",
		"812dcd3428a59075118978e4f0610373d6617328bf7fe344def58d59905873cf",
		"84fbe91022324b1003c5d2d6799d38feacfd8446841156b2e07e4264912ee7e1",
		"8651e7dbcb3dcc3ad69a8f6b2b53b0bb19bf9e6939e0f8a9a4126081215454cb",
		"91fbb0ed23e769094926bded4a6a4b5f2ca81b3297248bac07b7c4f1cc39b410",
		"943d05d84a38cc61985fd9552d59544ccd09933495c65a00a97c861b708e0ce8",
		"986c0dc956dc822b5d8f698661b9eb1ef880786ff9043c16744d2a420e99e9bb",
		"998ed4d621742d0c2d85ed84173db569afa194d4597686cae947324aa58ab4bb",
		"9badb8c25530ecf96bb41eb5dc404b59fbaee6fd75346889cdc89eacfbd411ed",
		"a1af13543ba8ad2726a64b5ba02c1758a75d24d6daa9aff7e8e6c182ff27527b",
		"a3a9e1ed9732cab28868127be00f1ce921acaefdd5c3b23a6e9e0072bd9c1a34",
		"a447ee1578a84992cb7a7ce115d8c83d9a3a600d9ecb42c1638321e696418bce",
		"a8ae6e6ee929abea3afcfc5258c8ccd6f85273e0d4626d26c7279f3250f77c8e",
		"adcbae8afe93d6bc5b04c86f4773eae9a55f3aa4138da2044954b83f87cc7f3d",
		"ae1d951e81d061c308daed77781e3a1d9541cfb5ec7808b9fe3840ba9c793d5a",
		"b17b1966af6e992400493b65c46c5d7edf470f64ddb0c75829a8454a56d1c1ac",
		"b1c6f03d19ecf6817a70ed8c4c47d7671bd81e998d5a77694a3ada96f2fde9cc",
		"b6da26da75518bb1a91f07efb5b057fa232f56526b2bd336efab81d9f0f4472e",
		"b7bd2ba41d06ea18563c8290c233bdcd3c2e0cf4745ffb73b3ba6e7a4d044670",
		"b7d870f204a61f50be1749b5643f4facc962205a137b70381c0ac7c5ed829c9d",
		"ba765af29619c687f14d043585fecc65573f340626614cf3b082221f52842d35",
		"c87b68d5ff9f5c5f8d748b94cf2e948f3f5f3c09ef57c93cba8d630654e154ac",
		"c9930714c768d4c105147f1886d5ad65934139951878aa1eb22ce26a0a927159",
		"ca15ed6e0dfff9e319d1ad52f19914a9971162275b7987da6e0fd25578553048",
		"cd372fb85148700fa88095e3492d3f9f5beb43e555e5ff26d95f5a6adc36f8e6",
		"d3129d65d4e0ee3821761e3ebf14de5c0db188a9a239eb2d6bedc891fe7f2493",
		"d7914fe546b684688bb95f4f888a92dfc680603a75f23eb823658031fff766d9",
		"da3811154d59c4267077ddd8bb768fa9b06399c486e1fc00485116b57c9872f5",
		"dcc484414c5dc51bf0427baa5eeee52d9d8ac010cced05f1b85dd159ccf727e0",
		"deb87fabd17715bb31ad4cf4ffb9494eeb15f8d33d85b031a301c64ab3417eaa",
		"dfe7a23fefeea519e9bbfdd1a6be94c4b2e4529dd6b7cbea83f9959c2621b13c",
		"e0bc614e4fd035a488619799853b075143deea596c477b8dc077e309c0fe42e9",
		"e2db5243d54fc10fb2b26a7df43020cd20c340584b7a7977ac615cbf131791e1",
		"e7f53e1d57d375f3f56f6dc2447f9a0c2916246681b399c667303d76996cae79",
		"ebb36b7219a66ac0d52aef24d8d4508cc283487625669823462435113ef99db3",
		"ee804f31dcb935d47d0aca4ac0a985b997e280d316211855a4aa2c56c9bca0e1",
		"fb0f6c7ec43040d62059bd7fadf3ba0fc91602f8cdab90abf54ab8468ab366c5",
	} {
		var f secret.Fingerprint
		if err := f.UnmarshalText([]byte(hex)); err != nil {
			panic(err) // a typing error above
		}
		m[f] = true
	}
	return m
})

// placeholderWords are what people write where a secret belongs. In a random
// value of 40 characters one of those with five letters or more turns up once in
// a hundred thousand. Of those with four, which would more often, no letter may
// stand beside them.
var placeholderWords = []string{
	"example", "dummy", "fake", "redacted", "your", "xxxx", "changeme", "placeholder",
	"replace", "sample", "insert", "secret", "token", "cloudflare", "test", "abcdef", "qwerty",
	"123456", "deadbeef", "000000", "api_key", "apikey",
}

// A climb counts how many characters in a row are each one more than the last, or each
// one less.
type climb struct {
	last     byte
	up, down int
}

// step returns the longer count, with c.
func (s *climb) step(c byte) int {
	if s.up++; c != s.last+1 {
		s.up = 1
	}
	if s.down++; c != s.last-1 {
		s.down = 1
	}
	s.last = c
	return max(s.up, s.down)
}

// isPlaceholder reports whether b is made up: too few different characters, a
// character many times in a row, a series, a repetition, or a word that says so.
func isPlaceholder(b []byte, distinct int) bool {
	var seen [256]bool
	n, same, series := 0, 1, 1
	var letters, digits climb // one may stand between each two of the other
	for i, c := range b {
		if !seen[c] {
			seen[c] = true
			n++
		}
		if i == 0 {
			continue
		}
		if same++; c != b[i-1] {
			same = 1
		}
		if series++; c != b[i-1]+1 {
			series = 1
		}
		if same >= 6 || series >= 6 || isDigit(c) && digits.step(c) >= 7 || isLetter(c) && letters.step(c|0x20) >= 7 {
			return true
		}
	}
	if n < distinct {
		return true
	}
	for period := 8; period <= len(b)/2; period++ {
		if bytes.Equal(b[:len(b)-period], b[period:]) {
			return true
		}
	}
	var room [2 * hexSecretLen]byte
	b = fold(room[:0], b)
	for _, w := range placeholderWords {
		i := bytes.Index(b, []byte(w))
		if i < 0 {
			continue
		}
		end := i + len(w)
		if len(w) > 4 || (i == 0 || !isLetter(b[i-1])) && (end == len(b) || !isLetter(b[end])) {
			return true
		}
	}
	return false
}
