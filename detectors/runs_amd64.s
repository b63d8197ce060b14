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

DATA half<>+0(SB)/8, $0x0f0f0f0f0f0f0f0f
DATA half<>+8(SB)/8, $0x0f0f0f0f0f0f0f0f
GLOBL half<>(SB), RODATA|NOPTR, $16

// func classify(text *byte, blocks int, class, zero *uint64) (any uint64)
TEXT ·classify(SB), NOSPLIT, $0-40
	MOVQ text+0(FP), SI
	MOVQ blocks+8(FP), CX
	MOVQ class+16(FP), DI
	MOVQ zero+24(FP), DX
	VBROADCASTI128 low<>(SB), Y0
	VBROADCASTI128 high<>(SB), Y1
	VBROADCASTI128 half<>(SB), Y2
	VPXOR Y3, Y3, Y3
	XORQ R8, R8

loop:
	VMOVDQU (SI), Y4
	VMOVDQU 32(SI), Y5

	VPAND Y2, Y4, Y6
	VPSRLW $4, Y4, Y7
	VPAND Y2, Y7, Y7
	VPSHUFB Y6, Y0, Y6
	VPSHUFB Y7, Y1, Y7
	VPAND Y6, Y7, Y6
	VPCMPEQB Y3, Y6, Y6
	VPMOVMSKB Y6, AX
	VPCMPEQB Y3, Y4, Y4
	VPMOVMSKB Y4, BX

	VPAND Y2, Y5, Y6
	VPSRLW $4, Y5, Y7
	VPAND Y2, Y7, Y7
	VPSHUFB Y6, Y0, Y6
	VPSHUFB Y7, Y1, Y7
	VPAND Y6, Y7, Y6
	VPCMPEQB Y3, Y6, Y6
	VPMOVMSKB Y6, R9
	VPCMPEQB Y3, Y5, Y5
	VPMOVMSKB Y5, R10

	SHLQ $32, R9
	ORQ R9, AX
	NOTQ AX
	MOVQ AX, (DI)
	SHLQ $32, R10
	ORQ R10, BX
	MOVQ BX, (DX)
	ORQ BX, R8

	ADDQ $64, SI
	ADDQ $8, DI
	ADDQ $8, DX
	DECQ CX
	JNZ loop

	VZEROUPPER
	MOVQ R8, any+32(FP)
	RET
