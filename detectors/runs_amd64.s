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

DATA half<>+0(SB)/4, $0x0f0f0f0f
GLOBL half<>(SB), RODATA|NOPTR, $4

DATA pairc<>+0(SB)/4, $0x63636363
GLOBL pairc<>(SB), RODATA|NOPTR, $4

DATA pairf<>+0(SB)/4, $0x66666666
GLOBL pairf<>(SB), RODATA|NOPTR, $4

DATA inner<>+0(SB)/4, $0x00ffffff
GLOBL inner<>(SB), RODATA|NOPTR, $4

DATA first<>+0(SB)/4, $0x0000003f
GLOBL first<>(SB), RODATA|NOPTR, $4

DATA most<>+0(SB)/4, $0x1fffffff
GLOBL most<>(SB), RODATA|NOPTR, $4

// func classifyAVX2(text []byte, class []uint64) (pair bool)
//
// The low half of a byte need not be cut out: VPSHUFB ignores the other bits of an
// index, but for the highest, with which it gives zero. Bytes with that are of no
// class.
TEXT ·classifyAVX2(SB), NOSPLIT, $0-49
	MOVQ text_base+0(FP), SI
	MOVQ class_base+24(FP), DI
	MOVQ class_len+32(FP), CX
	VBROADCASTI128 low<>(SB), Y0
	VBROADCASTI128 high<>(SB), Y1
	VPBROADCASTD half<>(SB), Y2
	VPXOR Y3, Y3, Y3
	VPBROADCASTD pairc<>(SB), Y8
	VPBROADCASTD pairf<>(SB), Y9
	VPXOR Y10, Y10, Y10
	VPXOR Y11, Y11, Y11

loop:
	VMOVDQU (SI), Y4
	VMOVDQU 32(SI), Y5

	VPSRLW $4, Y4, Y7
	VPAND Y2, Y7, Y7
	VPSHUFB Y4, Y0, Y6
	VPSHUFB Y7, Y1, Y7
	VPAND Y6, Y7, Y6
	VPCMPGTB Y3, Y6, Y6
	VPMOVMSKB Y6, AX

	VPSRLW $4, Y5, Y7
	VPAND Y2, Y7, Y7
	VPSHUFB Y5, Y0, Y6
	VPSHUFB Y7, Y1, Y7
	VPAND Y6, Y7, Y6
	VPCMPGTB Y3, Y6, Y6
	VPMOVMSKB Y6, R9

	SHLQ $32, R9
	ORQ R9, AX
	MOVQ AX, (DI)

	VPCMPEQB Y8, Y4, Y4
	VPCMPEQB 1(SI), Y9, Y6
	VPAND Y4, Y6, Y6
	VPOR Y6, Y10, Y10
	VPCMPEQB Y8, Y5, Y5
	VPCMPEQB 33(SI), Y9, Y7
	VPAND Y5, Y7, Y7
	VPOR Y7, Y11, Y11

	ADDQ $64, SI
	ADDQ $8, DI
	DECQ CX
	JNZ loop

	VPOR Y10, Y11, Y10
	VPMOVMSKB Y10, AX
	VZEROUPPER
	TESTL AX, AX
	SETNE pair+48(FP)
	RET

// func surveyAVX2(class *[32]uint64) (long uint32, regular, numbers uint64)
TEXT ·surveyAVX2(SB), NOSPLIT, $0-32
	MOVQ class+0(FP), SI
	VPXOR Y15, Y15, Y15
	VPBROADCASTD inner<>(SB), Y13
	VPBROADCASTD first<>(SB), Y12
	VPBROADCASTD most<>(SB), Y11
	XORQ R8, R8 // where not long
	XORQ R9, R9 // regular
	XORQ R10, R10 // numbers
	XORQ DX, DX

words:
	VMOVDQU (SI)(DX*8), Y0

	// Where do 18 ones begin? In Y5, where four do.
	VPSRLQ $1, Y0, Y1
	VPAND Y0, Y1, Y1
	VPSRLQ $2, Y1, Y2
	VPAND Y1, Y2, Y5
	VPSRLQ $4, Y5, Y2
	VPAND Y5, Y2, Y1
	VPSRLQ $8, Y1, Y2
	VPAND Y1, Y2, Y1
	VPSRLQ $2, Y1, Y2
	VPAND Y1, Y2, Y1
	VPCMPEQQ Y15, Y1, Y1
	VMOVMSKPD Y1, AX
	ORL AX, R8
	RORL $4, R8

	// Is a lane the same as it is shifted by 5 to 8? The lowest 8 bits do not count.
	VPSLLD $8, Y0, Y1
	VPSLLD $3, Y0, Y2
	VPSLLD $2, Y0, Y3
	VPADDD Y0, Y0, Y4
	VPXOR Y1, Y2, Y2
	VPXOR Y1, Y3, Y3
	VPXOR Y1, Y4, Y4
	VPXOR Y0, Y1, Y1
	VPMINUD Y1, Y2, Y1
	VPMINUD Y3, Y4, Y3
	VPMINUD Y1, Y3, Y1
	VPSRLD $8, Y1, Y1
	VPCMPEQD Y15, Y1, Y1

	// Are there three zeros at the beginning, and others at a distance of 5 or 6 from
	// all? In Y2 are zeros where three begin.
	VPSRLD $1, Y0, Y2
	VPSRLD $2, Y0, Y3
	VPOR Y0, Y2, Y2
	VPOR Y2, Y3, Y2
	VPANDN Y2, Y5, Y5
	VPSRLD $5, Y2, Y3
	VPSRLD $6, Y2, Y4
	VPAND Y3, Y4, Y3
	VPANDN Y3, Y2, Y3
	VPAND Y13, Y3, Y3
	VPCMPEQD Y15, Y3, Y3
	VPAND Y12, Y2, Y2
	VPCMPEQD Y12, Y2, Y2
	VPANDN Y3, Y2, Y2
	VPOR Y1, Y2, Y1

	// Are there no three zeros and no four ones?
	VPAND Y11, Y5, Y5
	VPCMPEQD Y11, Y5, Y5
	VMOVMSKPS Y5, BX
	ORQ BX, R10
	RORQ $8, R10

	// All ones and all zeros do not count.
	VPSRAD $31, Y0, Y2
	VPCMPEQD Y0, Y2, Y2
	VPANDN Y1, Y2, Y1
	VMOVMSKPS Y1, AX
	ORQ AX, R9
	RORQ $8, R9

	ADDQ $4, DX
	CMPQ DX, $32
	JLT words

	// After all words, what was rotated is where it belongs.
	VZEROUPPER
	NOTL R8
	MOVL R8, long+8(FP)
	MOVQ R9, regular+16(FP)
	MOVQ R10, numbers+24(FP)
	RET

// func findPairsAVX2(text []byte, pairs []uint64)
TEXT ·findPairsAVX2(SB), NOSPLIT, $0-48
	MOVQ text_base+0(FP), SI
	MOVQ pairs_base+24(FP), DI
	MOVQ pairs_len+32(FP), CX
	VPBROADCASTD pairc<>(SB), Y8
	VPBROADCASTD pairf<>(SB), Y9

pairs:
	VPCMPEQB (SI), Y8, Y4
	VPCMPEQB 1(SI), Y9, Y6
	VPAND Y4, Y6, Y6
	VPMOVMSKB Y6, AX
	VPCMPEQB 32(SI), Y8, Y5
	VPCMPEQB 33(SI), Y9, Y7
	VPAND Y5, Y7, Y7
	VPMOVMSKB Y7, BX
	SHLQ $32, BX
	ORQ BX, AX
	MOVQ AX, (DI)

	ADDQ $64, SI
	ADDQ $8, DI
	DECQ CX
	JNZ pairs

	VZEROUPPER
	RET
