/*
 * dsdt.asl - what ACPI tells of the board, compiled by iasl when the project is built. ACPI
 * Specification 1.0b, chapters 5.2.7 and 6; the PIIX3 data sheet, 2.3.4, for the routing registers.
 *
 * The host bridge with its windows, the interrupt links, and the devices of the ISA kind, which
 * cannot be found by looking. Every number is fixed on this board: pci.asm puts base addresses
 * into these windows and the power management block at B000h. The links lead to the same line
 * numbers whether the 8259s or the I/O APIC serve them, so there is nothing for \_PIC to do.
 */
DefinitionBlock ("", "DSDT", 1, "FERRIT", "FERRITE", 1)
{
    Name (\_S5, Package () {0, 0, 0, 0}) // SLP_TYP 0 of the PIIX4: soft off

    Scope (\_PR)
    {
        Processor (CPU0, 0, 0, 0) {}
    }

    Scope (\_SB)
    {
        Device (PCI0)
        {
            Name (_HID, EisaId ("PNP0A03"))
            Name (_UID, 0)
            Name (_BBN, 0)

            Name (_CRS, ResourceTemplate ()
            {
                WordBusNumber (ResourceProducer, MinFixed, MaxFixed, PosDecode, 0, 0, 0, 0, 1)
                IO (Decode16, 0x0CF8, 0x0CF8, 1, 8)
                WordIO (ResourceProducer, MinFixed, MaxFixed, PosDecode, EntireRange,
                    0, 0x0000, 0x0CF7, 0, 0x0CF8)
                WordIO (ResourceProducer, MinFixed, MaxFixed, PosDecode, EntireRange,
                    0, 0x0D00, 0xFFFF, 0, 0xF300)
                DWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed, Cacheable, ReadWrite,
                    0, 0x000A0000, 0x000BFFFF, 0, 0x00020000)
                DWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed, NonCacheable,
                    ReadWrite, 0, 0xE0000000, 0xFEBFFFFF, 0, 0x1EC00000)
            })

            // Pins rotate from slot to slot. Slot 1 is the south bridge: its one pin is that of
            // the power management function, which raises the SCI.
            Name (_PRT, Package ()
            {
                Package () {0x0001FFFF, 0, LNKS, 0}, Package () {0x0001FFFF, 1, LNKB, 0},
                Package () {0x0001FFFF, 2, LNKC, 0}, Package () {0x0001FFFF, 3, LNKD, 0},
                Package () {0x0002FFFF, 0, LNKB, 0}, Package () {0x0002FFFF, 1, LNKC, 0},
                Package () {0x0002FFFF, 2, LNKD, 0}, Package () {0x0002FFFF, 3, LNKA, 0},
                Package () {0x0003FFFF, 0, LNKC, 0}, Package () {0x0003FFFF, 1, LNKD, 0},
                Package () {0x0003FFFF, 2, LNKA, 0}, Package () {0x0003FFFF, 3, LNKB, 0},
                Package () {0x0004FFFF, 0, LNKD, 0}, Package () {0x0004FFFF, 1, LNKA, 0},
                Package () {0x0004FFFF, 2, LNKB, 0}, Package () {0x0004FFFF, 3, LNKC, 0},
                Package () {0x0005FFFF, 0, LNKA, 0}, Package () {0x0005FFFF, 1, LNKB, 0},
                Package () {0x0005FFFF, 2, LNKC, 0}, Package () {0x0005FFFF, 3, LNKD, 0},
                Package () {0x0006FFFF, 0, LNKB, 0}, Package () {0x0006FFFF, 1, LNKC, 0},
                Package () {0x0006FFFF, 2, LNKD, 0}, Package () {0x0006FFFF, 3, LNKA, 0},
                Package () {0x0007FFFF, 0, LNKC, 0}, Package () {0x0007FFFF, 1, LNKD, 0},
                Package () {0x0007FFFF, 2, LNKA, 0}, Package () {0x0007FFFF, 3, LNKB, 0},
                Package () {0x0008FFFF, 0, LNKD, 0}, Package () {0x0008FFFF, 1, LNKA, 0},
                Package () {0x0008FFFF, 2, LNKB, 0}, Package () {0x0008FFFF, 3, LNKC, 0}
            })

            Device (IDE0) // the ports are the function's own
            {
                Name (_ADR, 0x00010001)
            }

            Device (ISA)
            {
                Name (_ADR, 0x00010000)
                OperationRegion (ROUT, PCI_Config, 0x60, 4)

                Device (PIC)
                {
                    Name (_HID, EisaId ("PNP0000"))
                    Name (_CRS, ResourceTemplate ()
                    {
                        IO (Decode16, 0x0020, 0x0020, 1, 2)
                        IO (Decode16, 0x00A0, 0x00A0, 1, 2)
                        IO (Decode16, 0x04D0, 0x04D0, 1, 2)
                        IRQNoFlags () {2}
                    })
                }

                Device (DMAC)
                {
                    Name (_HID, EisaId ("PNP0200"))
                    Name (_CRS, ResourceTemplate ()
                    {
                        IO (Decode16, 0x0000, 0x0000, 1, 16)
                        IO (Decode16, 0x0081, 0x0081, 1, 3)
                        IO (Decode16, 0x0087, 0x0087, 1, 1)
                        IO (Decode16, 0x0089, 0x0089, 1, 3)
                        IO (Decode16, 0x008F, 0x008F, 1, 1)
                        IO (Decode16, 0x00C0, 0x00C0, 1, 32)
                        DMA (Compatibility, BusMaster, Transfer8) {4}
                    })
                }

                Device (TIMR)
                {
                    Name (_HID, EisaId ("PNP0100"))
                    Name (_CRS, ResourceTemplate ()
                    {
                        IO (Decode16, 0x0040, 0x0040, 1, 4)
                        IRQNoFlags () {0}
                    })
                }

                Device (RTC)
                {
                    Name (_HID, EisaId ("PNP0B00"))
                    Name (_CRS, ResourceTemplate ()
                    {
                        IO (Decode16, 0x0070, 0x0070, 1, 4)
                        IRQNoFlags () {8}
                    })
                }

                Device (SPKR)
                {
                    Name (_HID, EisaId ("PNP0800"))
                    Name (_CRS, ResourceTemplate ()
                    {
                        IO (Decode16, 0x0061, 0x0061, 1, 1)
                    })
                }

                Device (COPR)
                {
                    Name (_HID, EisaId ("PNP0C04"))
                    Name (_CRS, ResourceTemplate ()
                    {
                        IO (Decode16, 0x00F0, 0x00F0, 1, 16)
                        IRQNoFlags () {13}
                    })
                }

                Device (KBD)
                {
                    Name (_HID, EisaId ("PNP0303"))
                    Name (_CRS, ResourceTemplate ()
                    {
                        IO (Decode16, 0x0060, 0x0060, 1, 1)
                        IO (Decode16, 0x0064, 0x0064, 1, 1)
                        IRQNoFlags () {1}
                    })
                }

                Device (MOU)
                {
                    Name (_HID, EisaId ("PNP0F13"))
                    Name (_CRS, ResourceTemplate ()
                    {
                        IRQNoFlags () {12}
                    })
                }

                Device (FDC0)
                {
                    Name (_HID, EisaId ("PNP0700"))
                    Name (_CRS, ResourceTemplate ()
                    {
                        IO (Decode16, 0x03F2, 0x03F2, 1, 4)
                        IO (Decode16, 0x03F7, 0x03F7, 1, 1)
                        IRQNoFlags () {6}
                        DMA (Compatibility, NotBusMaster, Transfer8) {2}
                    })
                }

                Device (LPT1)
                {
                    Name (_HID, EisaId ("PNP0400"))
                    Name (_CRS, ResourceTemplate ()
                    {
                        IO (Decode16, 0x0378, 0x0378, 1, 3)
                        IRQNoFlags () {7}
                    })
                }

                Device (COM1)
                {
                    Name (_HID, EisaId ("PNP0501"))
                    Name (_UID, 1)
                    Name (_CRS, ResourceTemplate ()
                    {
                        IO (Decode16, 0x03F8, 0x03F8, 1, 8)
                        IRQNoFlags () {4}
                    })
                }

                Device (COM2)
                {
                    Name (_HID, EisaId ("PNP0501"))
                    Name (_UID, 2)
                    Name (_CRS, ResourceTemplate ()
                    {
                        IO (Decode16, 0x02F8, 0x02F8, 1, 8)
                        IRQNoFlags () {3}
                    })
                }

                // The sound card and its MPU-401, where CMOS says that they are (hw/machine/pc_cmos.c).
                OperationRegion (CMOS, SystemIO, 0x70, 2)
                Field (CMOS, ByteAcc, NoLock, Preserve)
                {
                    CIDX, 8, CDAT, 8
                }
                IndexField (CIDX, CDAT, ByteAcc, NoLock, Preserve)
                {
                    Offset (0x68),
                    SBAS, 8, // ports / 16, 0: there is none
                    SIRQ, 8,
                    SDMA, 8, // low nibble 8 bits, high one 16
                    SFMB, 8, // AdLib's ports / 4, 0: none
                    SMPU, 8, // (ports - 200h) / 2, 0: none
                    GAME, 8  // 1: there is a game port
                }

                Device (SND0)
                {
                    Name (_HID, EisaId ("PNPB003"))
                    Name (RES, ResourceTemplate ()
                    {
                        IO (Decode16, 0x0220, 0x0220, 1, 16, CARD)
                        IO (Decode16, 0x0388, 0x0388, 1, 4, FMSY)
                        IRQNoFlags (LINE) {5}
                        DMA (Compatibility, NotBusMaster, Transfer8, LOWC) {1}
                        DMA (Compatibility, NotBusMaster, Transfer16, HIGC) {5}
                    })
                    Method (_STA)
                    {
                        If (SBAS)
                        {
                            Return (0x0F)
                        }
                        Return (0)
                    }
                    Method (_CRS, 0, Serialized)
                    {
                        CreateWordField (RES, ^CARD._MIN, CMIN)
                        CreateWordField (RES, ^CARD._MAX, CMAX)
                        CreateWordField (RES, ^FMSY._MIN, FMIN)
                        CreateWordField (RES, ^FMSY._MAX, FMAX)
                        CreateByteField (RES, ^FMSY._LEN, FLEN)
                        CreateWordField (RES, ^LINE._INT, IRQM)
                        CreateByteField (RES, ^LOWC._DMA, DMAL)
                        CreateByteField (RES, ^HIGC._DMA, DMAH)
                        ShiftLeft (SBAS, 4, CMIN)
                        Store (CMIN, CMAX)
                        If (SFMB)
                        {
                            ShiftLeft (SFMB, 2, FMIN)
                            Store (4, FLEN)
                        }
                        Else // at the card's own ports only
                        {
                            Add (CMIN, 8, FMIN)
                            Store (2, FLEN)
                        }
                        Store (FMIN, FMAX)
                        ShiftLeft (1, SIRQ, IRQM)
                        ShiftLeft (1, And (SDMA, 7), DMAL)
                        ShiftLeft (1, ShiftRight (SDMA, 4), DMAH)
                        Return (RES)
                    }
                }

                Device (JOY0)
                {
                    Name (_HID, EisaId ("PNPB02F"))
                    Name (_CRS, ResourceTemplate ()
                    {
                        IO (Decode16, 0x0201, 0x0201, 1, 1)
                    })
                    Method (_STA)
                    {
                        If (GAME)
                        {
                            Return (0x0F)
                        }
                        Return (0)
                    }
                }

                Device (MIDI)
                {
                    Name (_HID, EisaId ("PNPB006"))
                    Name (RES, ResourceTemplate ()
                    {
                        IO (Decode16, 0x0330, 0x0330, 1, 2, PORT)
                    })
                    Method (_STA)
                    {
                        If (LAnd (SBAS, SMPU))
                        {
                            Return (0x0F)
                        }
                        Return (0)
                    }
                    Method (_CRS, 0, Serialized)
                    {
                        CreateWordField (RES, ^PORT._MIN, PMIN)
                        CreateWordField (RES, ^PORT._MAX, PMAX)
                        Add (ShiftLeft (SMPU, 1), 0x0200, PMIN)
                        Store (PMIN, PMAX)
                        Return (RES)
                    }
                }

                // Ports that belong to the board: POST, A20 and reset, APM, power management.
                Device (MBRD)
                {
                    Name (_HID, EisaId ("PNP0C02"))
                    Name (_CRS, ResourceTemplate ()
                    {
                        IO (Decode16, 0x0080, 0x0080, 1, 1)
                        IO (Decode16, 0x0092, 0x0092, 1, 1)
                        IO (Decode16, 0x00B2, 0x00B2, 1, 2)
                        IO (Decode16, 0xB000, 0xB000, 1, 64)
                    })
                }
            }
        }

        // ---- interrupt links: PIRQA to PIRQD ----

        Field (PCI0.ISA.ROUT, ByteAcc, NoLock, Preserve)
        {
            PIRA, 8, PIRB, 8, PIRC, 8, PIRD, 8 // bit 7: off; bits 0-3: the line
        }

        Method (LSTA, 1)
        {
            If (And (Arg0, 0x80))
            {
                Return (0x09) // present, disabled
            }
            Return (0x0B)
        }

        Name (BUF, ResourceTemplate ()
        {
            Interrupt (ResourceConsumer, Level, ActiveHigh, Shared) {0}
        })

        Method (LCRS, 1, Serialized)
        {
            CreateDWordField (BUF, 5, NUM) // the one interrupt of the descriptor
            If (LNot (And (Arg0, 0x80)))
            {
                Store (And (Arg0, 0x0F), NUM)
            }
            Return (BUF)
        }

        Method (LINE, 1, Serialized)
        {
            CreateDWordField (Arg0, 5, NUM)
            Return (NUM)
        }

        Device (LNKA)
        {
            Name (_HID, EisaId ("PNP0C0F"))
            Name (_UID, 1)
            Name (_PRS, ResourceTemplate ()
            {
                Interrupt (ResourceConsumer, Level, ActiveHigh, Shared) {10, 11}
            })
            Method (_STA) { Return (LSTA (PIRA)) }
            Method (_CRS) { Return (LCRS (PIRA)) }
            Method (_DIS) { Or (PIRA, 0x80, PIRA) }
            Method (_SRS, 1) { Store (LINE (Arg0), PIRA) }
        }

        Device (LNKB)
        {
            Name (_HID, EisaId ("PNP0C0F"))
            Name (_UID, 2)
            Name (_PRS, ResourceTemplate ()
            {
                Interrupt (ResourceConsumer, Level, ActiveHigh, Shared) {10, 11}
            })
            Method (_STA) { Return (LSTA (PIRB)) }
            Method (_CRS) { Return (LCRS (PIRB)) }
            Method (_DIS) { Or (PIRB, 0x80, PIRB) }
            Method (_SRS, 1) { Store (LINE (Arg0), PIRB) }
        }

        Device (LNKC)
        {
            Name (_HID, EisaId ("PNP0C0F"))
            Name (_UID, 3)
            Name (_PRS, ResourceTemplate ()
            {
                Interrupt (ResourceConsumer, Level, ActiveHigh, Shared) {10, 11}
            })
            Method (_STA) { Return (LSTA (PIRC)) }
            Method (_CRS) { Return (LCRS (PIRC)) }
            Method (_DIS) { Or (PIRC, 0x80, PIRC) }
            Method (_SRS, 1) { Store (LINE (Arg0), PIRC) }
        }

        Device (LNKD)
        {
            Name (_HID, EisaId ("PNP0C0F"))
            Name (_UID, 4)
            Name (_PRS, ResourceTemplate ()
            {
                Interrupt (ResourceConsumer, Level, ActiveHigh, Shared) {10, 11}
            })
            Method (_STA) { Return (LSTA (PIRD)) }
            Method (_CRS) { Return (LCRS (PIRD)) }
            Method (_DIS) { Or (PIRD, 0x80, PIRD) }
            Method (_SRS, 1) { Store (LINE (Arg0), PIRD) }
        }

        Device (LNKS) // the SCI, which is wired
        {
            Name (_HID, EisaId ("PNP0C0F"))
            Name (_UID, 5)
            Name (_PRS, ResourceTemplate ()
            {
                Interrupt (ResourceConsumer, Level, ActiveHigh, Shared) {9}
            })
            Name (_CRS, ResourceTemplate ()
            {
                Interrupt (ResourceConsumer, Level, ActiveHigh, Shared) {9}
            })
            Method (_STA) { Return (0x0B) }
            Method (_DIS) {}
            Method (_SRS, 1) {}
        }
    }
}
