#include "textflag.h"

// A byte is of the class if the bits for its low half and those for its high
// half have one in common: one bit for '+', '-' and '/', one for digits, one for
// the first fifteen letters, one for the others and '_', one for the others in
// lower case.
DATA low<>+0(SB)/8, $0x1e1e1e1e1e1e1e1a
DATA low<>+8(SB)/8, $0x0d040504051c1e1e
GLOBL low<>(SB), RODATA|NOPTR, $16

DATA high<>+0(SB)/8, $0x1004080402010000
DATA high<>+8(SB)/8, $0x0000000000000000
GLOBL high<>(SB), RODATA|NOPTR, $16

// Of eight bytes, the bits that stand for them.
DATA places<>+0(SB)/8, $0x8040201008040201
DATA places<>+8(SB)/8, $0x8040201008040201
GLOBL places<>(SB), RODATA|NOPTR, $16

// The bits that stand for two words, behind those for four lanes; numbers have others
// behind these.
DATA lanes<>+0(SB)/8, $0x0000000200000001
DATA lanes<>+8(SB)/8, $0x0000000800000004
GLOBL lanes<>(SB), RODATA|NOPTR, $16

DATA pairs<>+0(SB)/8, $0x0000000000000010
DATA pairs<>+8(SB)/8, $0x0000000000000020
GLOBL pairs<>(SB), RODATA|NOPTR, $16

// GATHER sets the low half of A to one bit for each byte of A to D that is not 0
// but ones, in order. The bits are in V19.
#define GATHER(A, B, C, D) \
	VAND V19.B16, A.B16, A.B16; \
	VAND V19.B16, B.B16, B.B16; \
	VAND V19.B16, C.B16, C.B16; \
	VAND V19.B16, D.B16, D.B16; \
	VADDP B.B16, A.B16, A.B16; \
	VADDP D.B16, C.B16, C.B16; \
	VADDP C.B16, A.B16, A.B16; \
	VADDP A.B16, A.B16, A.B16

// PAIRS sets the bytes of V0 to V3 to ones that are V20 where those of V4 to V7 are
// V21, and the others to 0.
#define PAIRS \
	VCMEQ V20.B16, V0.B16, V0.B16; \
	VCMEQ V20.B16, V1.B16, V1.B16; \
	VCMEQ V20.B16, V2.B16, V2.B16; \
	VCMEQ V20.B16, V3.B16, V3.B16; \
	VCMEQ V21.B16, V4.B16, V4.B16; \
	VCMEQ V21.B16, V5.B16, V5.B16; \
	VCMEQ V21.B16, V6.B16, V6.B16; \
	VCMEQ V21.B16, V7.B16, V7.B16; \
	VAND V4.B16, V0.B16, V0.B16; \
	VAND V5.B16, V1.B16, V1.B16; \
	VAND V6.B16, V2.B16, V2.B16; \
	VAND V7.B16, V3.B16, V3.B16

// func classifyNEON(text []byte, class []uint64) (pair bool)
TEXT ·classifyNEON(SB), NOSPLIT, $0-49
	MOVD text_base+0(FP), R0
	MOVD class_base+24(FP), R1
	MOVD class_len+32(FP), R2
	ADD $1, R0, R3
	MOVD $low<>(SB), R4
	VLD1 (R4), [V16.B16]
	MOVD $high<>(SB), R4
	VLD1 (R4), [V17.B16]
	MOVD $places<>(SB), R4
	VLD1 (R4), [V19.B16]
	VMOVI $0x0f, V18.B16
	VMOVI $0x63, V20.B16
	VMOVI $0x66, V21.B16
	VEOR V22.B16, V22.B16, V22.B16
	VEOR V23.B16, V23.B16, V23.B16

loop:
	VLD1.P 64(R0), [V0.B16, V1.B16, V2.B16, V3.B16]
	VLD1.P 64(R3), [V4.B16, V5.B16, V6.B16, V7.B16]

	VUSHR $4, V0.B16, V8.B16
	VUSHR $4, V1.B16, V9.B16
	VUSHR $4, V2.B16, V10.B16
	VUSHR $4, V3.B16, V11.B16
	VAND V18.B16, V0.B16, V12.B16
	VAND V18.B16, V1.B16, V13.B16
	VAND V18.B16, V2.B16, V14.B16
	VAND V18.B16, V3.B16, V15.B16
	VTBL V8.B16, [V17.B16], V8.B16
	VTBL V9.B16, [V17.B16], V9.B16
	VTBL V10.B16, [V17.B16], V10.B16
	VTBL V11.B16, [V17.B16], V11.B16
	VTBL V12.B16, [V16.B16], V12.B16
	VTBL V13.B16, [V16.B16], V13.B16
	VTBL V14.B16, [V16.B16], V14.B16
	VTBL V15.B16, [V16.B16], V15.B16
	VCMTST V12.B16, V8.B16, V8.B16
	VCMTST V13.B16, V9.B16, V9.B16
	VCMTST V14.B16, V10.B16, V10.B16
	VCMTST V15.B16, V11.B16, V11.B16
	GATHER(V8, V9, V10, V11)
	FMOVD.P F8, 8(R1)

	PAIRS
	VORR V0.B16, V22.B16, V22.B16
	VORR V1.B16, V23.B16, V23.B16
	VORR V2.B16, V22.B16, V22.B16
	VORR V3.B16, V23.B16, V23.B16

	SUB $1, R2, R2
	CBNZ R2, loop

	VORR V22.B16, V23.B16, V22.B16
	VMOV V22.D[0], R4
	VMOV V22.D[1], R5
	ORR R4, R5, R4
	CMP $0, R4
	CSET NE, R4
	MOVB R4, pair+48(FP)
	RET

// func findPairsNEON(text []byte, pairs []uint64)
TEXT ·findPairsNEON(SB), NOSPLIT, $0-48
	MOVD text_base+0(FP), R0
	MOVD pairs_base+24(FP), R1
	MOVD pairs_len+32(FP), R2
	ADD $1, R0, R3
	MOVD $places<>(SB), R4
	VLD1 (R4), [V19.B16]
	VMOVI $0x63, V20.B16
	VMOVI $0x66, V21.B16

loop:
	VLD1.P 64(R0), [V0.B16, V1.B16, V2.B16, V3.B16]
	VLD1.P 64(R3), [V4.B16, V5.B16, V6.B16, V7.B16]
	PAIRS
	GATHER(V0, V1, V2, V3)
	FMOVD.P F0, 8(R1)
	SUB $1, R2, R2
	CBNZ R2, loop
	RET

// func surveyNEON(class *[32]uint64) (long uint32, regular, numbers uint64)
TEXT ·surveyNEON(SB), NOSPLIT, $0-32
	MOVD class+0(FP), R0
	MOVD $lanes<>(SB), R4
	VLD1 (R4), [V16.B16]
	MOVD $pairs<>(SB), R4
	VLD1 (R4), [V17.B16]
	MOVD $0x00ffffff, R4
	VDUP R4, V18.S4
	VMOVI $0x3f, V19.B16
	VUSHR $24, V19.S4, V19.S4
	VMOVI $0xff, V20.B16
	VEOR V21.B16, V21.B16, V21.B16
	MOVD $0x1fffffff, R4
	VDUP R4, V22.S4
	VSHL $6, V16.S4, V23.S4
	MOVD ZR, R1 // long
	MOVD ZR, R2 // regular
	MOVD ZR, R6 // numbers
	MOVD ZR, R3

words:
	VLD1.P 16(R0), [V0.B16]

	// Where do 18 ones begin? In V6, where four do.
	VUSHR $1, V0.D2, V1.D2
	VAND V0.B16, V1.B16, V1.B16
	VUSHR $2, V1.D2, V2.D2
	VAND V1.B16, V2.B16, V6.B16
	VUSHR $4, V6.D2, V2.D2
	VAND V6.B16, V2.B16, V1.B16
	VUSHR $8, V1.D2, V2.D2
	VAND V1.B16, V2.B16, V1.B16
	VUSHR $2, V1.D2, V2.D2
	VCMTST V1.D2, V2.D2, V1.D2

	// Is a lane another than it is shifted by each of 5 to 8?
	VUSHR $5, V0.S4, V2.S4
	VUSHR $6, V0.S4, V3.S4
	VUSHR $7, V0.S4, V4.S4
	VUSHR $8, V0.S4, V5.S4
	VEOR V0.B16, V2.B16, V2.B16
	VEOR V0.B16, V3.B16, V3.B16
	VEOR V0.B16, V4.B16, V4.B16
	VEOR V0.B16, V5.B16, V5.B16
	VCMTST V18.S4, V2.S4, V2.S4
	VCMTST V18.S4, V3.S4, V3.S4
	VCMTST V18.S4, V4.S4, V4.S4
	VCMTST V18.S4, V5.S4, V5.S4
	VAND V2.B16, V3.B16, V2.B16
	VAND V4.B16, V5.B16, V4.B16
	VAND V2.B16, V4.B16, V2.B16

	// Are there no three zeros at the beginning, or no others at a distance of 5 or 6
	// from one? In V3 are zeros where three begin.
	VUSHR $1, V0.S4, V3.S4
	VUSHR $2, V0.S4, V4.S4
	VORR V0.B16, V3.B16, V3.B16
	VORR V4.B16, V3.B16, V3.B16
	VMOV V3.B16, V7.B16
	VUSHR $5, V3.S4, V4.S4
	VUSHR $6, V3.S4, V5.S4
	VAND V4.B16, V5.B16, V4.B16
	VBIT V3.B16, V21.B16, V4.B16
	VCMTST V18.S4, V4.S4, V4.S4
	VAND V19.B16, V3.B16, V3.B16
	VCMEQ V19.S4, V3.S4, V3.S4
	VORR V3.B16, V4.B16, V3.B16
	VAND V3.B16, V2.B16, V2.B16

	// Are there no three zeros and no four ones?
	VBIT V6.B16, V21.B16, V7.B16
	VAND V22.B16, V7.B16, V7.B16
	VCMEQ V22.S4, V7.S4, V7.S4

	// All ones and all zeros do not count.
	VCMTST V0.S4, V0.S4, V3.S4
	VCMEQ V20.S4, V0.S4, V4.S4
	VORR V4.B16, V2.B16, V2.B16
	VBIT V2.B16, V21.B16, V3.B16

	VAND V16.B16, V3.B16, V3.B16
	VAND V17.B16, V1.B16, V1.B16
	VAND V23.B16, V7.B16, V7.B16
	VORR V1.B16, V3.B16, V1.B16
	VORR V7.B16, V1.B16, V1.B16
	VADDV V1.S4, V1
	FMOVS F1, R4
	CBZ R4, next
	UBFX $4, R4, $2, R5
	LSL R3, R5, R5
	ORR R5, R1, R1
	ADD R3, R3, R5
	LSR $6, R4, R7
	LSL R5, R7, R7
	ORR R7, R6, R6
	AND $15, R4, R4
	LSL R5, R4, R4
	ORR R4, R2, R2

next:
	ADD $2, R3, R3
	CMP $32, R3
	BLT words

	MOVW R1, long+8(FP)
	MOVD R2, regular+16(FP)
	MOVD R6, numbers+24(FP)
	RET
