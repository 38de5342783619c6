/// Which characters stand for characters of codes in compatibility form (NFKC), dashes taken for hyphens.
///
/// Made from the Unicode 14 character database: every scalar outside of ASCII that is no letter of codes itself and whose
/// NFKC form is made of characters of codes alone. Capitals and small letters are kept apart, because marks may follow.
enum CompatibilityFolding {
  /// The characters that a scalar stands for; nil if it stands for none.
  static func folded(_ scalar: Unicode.Scalar) -> String? {
    if let several = sequences[scalar.value] { return several }
    var low = 0
    var high = runs.count
    while low < high {
      let middle = (low + high) / 2
      if runs[middle].first <= scalar.value { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else { return nil }
    let run = runs[low - 1]
    let offset = scalar.value - run.first
    guard offset < run.count else { return nil }
    return String(Unicode.Scalar(run.ascii + UInt8(offset)))
  }

  private struct Run {
    let first: UInt32
    let count: UInt32
    let ascii: UInt8
  }

  // Runs of scalars that stand for runs of single ASCII characters: first scalar, how many, first ASCII character.
  private static let runs: [Run] = parse(
    """
    aa 1 a;b2 2 2;b9 1 1;ba 1 o;17f 1 s;2b0 1 h;2b2 1 j;2b3 1 r;2b7 1 w;2b8 1 y;2e1 1 l;2e2 1 s;2e3 1 x;\
    1d2c 1 A;1d2e 1 B;1d30 2 D;1d33 8 G;1d3c 1 O;1d3e 1 P;1d3f 1 R;1d40 2 T;1d42 1 W;1d43 1 a;1d47 1 b;\
    1d48 2 d;1d4d 1 g;1d4f 1 k;1d50 1 m;1d52 1 o;1d56 1 p;1d57 2 t;1d5b 1 v;1d62 1 i;1d63 1 r;1d64 2 u;\
    1d9c 1 c;1da0 1 f;1dbb 1 z;2010 1 -;2011 1 -;2012 1 -;2013 1 -;2014 1 -;2015 1 -;2024 1 .;2070 1 0;\
    2071 1 i;2074 6 4;207a 1 +;207b 1 -;207f 1 n;2080 10 0;208a 1 +;208b 1 -;2090 1 a;2091 1 e;2092 1 o;\
    2093 1 x;2095 1 h;2096 4 k;209a 1 p;209b 2 s;2102 1 C;210a 1 g;210b 1 H;210c 1 H;210d 1 H;210e 1 h;\
    2110 1 I;2111 1 I;2112 1 L;2113 1 l;2115 1 N;2119 3 P;211c 1 R;211d 1 R;2124 1 Z;2128 1 Z;212a 1 K;\
    212c 2 B;212f 1 e;2130 2 E;2133 1 M;2134 1 o;2139 1 i;2145 1 D;2146 2 d;2148 2 i;2160 1 I;2164 1 V;\
    2169 1 X;216c 1 L;216d 2 C;216f 1 M;2170 1 i;2174 1 v;2179 1 x;217c 1 l;217d 2 c;217f 1 m;2212 1 -;\
    2460 9 1;24b6 26 A;24d0 26 a;24ea 1 0;2c7c 1 j;2c7d 1 V;a7f2 1 C;a7f3 1 F;a7f4 1 Q;fb29 1 +;fe15 1 !;\
    fe31 1 -;fe32 1 -;fe33 1 _;fe34 1 _;fe4d 1 _;fe4e 1 _;fe4f 1 _;fe52 1 .;fe57 1 !;fe58 1 -;fe5f 1 #;\
    fe60 1 &;fe62 1 +;fe63 1 -;fe69 2 $;fe6b 1 @;ff01 1 !;ff03 4 #;ff0b 1 +;ff0d 13 -;ff20 27 @;ff3f 1 _;\
    ff41 26 a;107a5 1 q;1d400 26 A;1d41a 26 a;1d434 26 A;1d44e 7 a;1d456 18 i;1d468 26 A;1d482 26 a;\
    1d49c 1 A;1d49e 2 C;1d4a2 1 G;1d4a5 2 J;1d4a9 4 N;1d4ae 8 S;1d4b6 4 a;1d4bb 1 f;1d4bd 7 h;1d4c5 11 p;\
    1d4d0 26 A;1d4ea 26 a;1d504 2 A;1d507 4 D;1d50d 8 J;1d516 7 S;1d51e 26 a;1d538 2 A;1d53b 4 D;\
    1d540 5 I;1d546 1 O;1d54a 7 S;1d552 26 a;1d56c 26 A;1d586 26 a;1d5a0 26 A;1d5ba 26 a;1d5d4 26 A;\
    1d5ee 26 a;1d608 26 A;1d622 26 a;1d63c 26 A;1d656 26 a;1d670 26 A;1d68a 26 a;1d7ce 10 0;1d7d8 10 0;\
    1d7e2 10 0;1d7ec 10 0;1d7f6 10 0;1f12b 1 C;1f12c 1 R;1f130 26 A;1fbf0 10 0
    """)

  // Scalars that stand for several characters, or for a letter outside of ASCII.
  private static let sequences: [UInt32: String] = {
    var sequences: [UInt32: String] = [:]
    for entry in sequenceTable.split(separator: ";") {
      let fields = entry.split(separator: " ")
      if let scalar = UInt32(fields[0], radix: 16) { sequences[scalar] = String(fields[1]) }
    }
    return sequences
  }()

  private static let sequenceTable = """
    132 IJ;133 ij;1c4 DŽ;1c5 Dž;1c6 dž;1c7 LJ;1c8 Lj;1c9 lj;1ca NJ;1cb Nj;1cc nj;1f1 DZ;1f2 Dz;1f3 dz;\
    2e0 ɣ;1d2d Æ;1d32 Ǝ;1d3d Ȣ;1d4a ə;1d4b ɛ;1d51 ŋ;1d53 ɔ;1d5a ɯ;1d9e ð;1da4 ɨ;1da5 ɩ;1dae ɲ;1db1 ɵ;\
    1db4 ʃ;1db6 ʉ;1db7 ʊ;1db9 ʋ;1dba ʌ;1dbe ʒ;1e9b ṡ;2025 ..;2026 ...;203c !!;2094 ə;20a8 Rs;2100 a/c;\
    2101 a/s;2105 c/o;2106 c/u;2107 Ɛ;210f ħ;2116 No;2120 SM;2121 TEL;2122 TM;212b Å;213b FAX;2161 II;\
    2162 III;2163 IV;2165 VI;2166 VII;2167 VIII;2168 IX;216a XI;216b XII;2171 ii;2172 iii;2173 iv;\
    2175 vi;2176 vii;2177 viii;2178 ix;217a xi;217b xii;2469 10;246a 11;246b 12;246c 13;246d 14;246e 15;\
    246f 16;2470 17;2471 18;2472 19;2473 20;2488 1.;2489 2.;248a 3.;248b 4.;248c 5.;248d 6.;248e 7.;\
    248f 8.;2490 9.;2491 10.;2492 11.;2493 12.;2494 13.;2495 14.;2496 15.;2497 16.;2498 17.;2499 18.;\
    249a 19.;249b 20.;3250 PTE;3251 21;3252 22;3253 23;3254 24;3255 25;3256 26;3257 27;3258 28;3259 29;\
    325a 30;325b 31;325c 32;325d 33;325e 34;325f 35;32b1 36;32b2 37;32b3 38;32b4 39;32b5 40;32b6 41;\
    32b7 42;32b8 43;32b9 44;32ba 45;32bb 46;32bc 47;32bd 48;32be 49;32bf 50;32cc Hg;32cd erg;32ce eV;\
    32cf LTD;3371 hPa;3372 da;3373 AU;3374 bar;3375 oV;3376 pc;3377 dm;3378 dm2;3379 dm3;337a IU;3380 pA;\
    3381 nA;3383 mA;3384 kA;3385 KB;3386 MB;3387 GB;3388 cal;3389 kcal;338a pF;338b nF;338e mg;338f kg;\
    3390 Hz;3391 kHz;3392 MHz;3393 GHz;3394 THz;3396 ml;3397 dl;3398 kl;3399 fm;339a nm;339c mm;339d cm;\
    339e km;339f mm2;33a0 cm2;33a1 m2;33a2 km2;33a3 mm3;33a4 cm3;33a5 m3;33a6 km3;33a9 Pa;33aa kPa;\
    33ab MPa;33ac GPa;33ad rad;33b0 ps;33b1 ns;33b3 ms;33b4 pV;33b5 nV;33b7 mV;33b8 kV;33b9 MV;33ba pW;\
    33bb nW;33bd mW;33be kW;33bf MW;33c2 a.m.;33c3 Bq;33c4 cc;33c5 cd;33c7 Co.;33c8 dB;33c9 Gy;33ca ha;\
    33cb HP;33cc in;33cd KK;33ce KM;33cf kt;33d0 lm;33d1 ln;33d2 log;33d3 lx;33d4 mb;33d5 mil;33d6 mol;\
    33d7 PH;33d8 p.m.;33d9 PPM;33da PR;33db sr;33dc Sv;33dd Wb;33ff gal;a7f8 Ħ;a7f9 œ;fb00 ff;fb01 fi;\
    fb02 fl;fb03 ffi;fb04 ffl;fb05 st;fb06 st;fe19 ...;fe30 ..;10783 æ;10785 ɓ;1078b ɖ;1078c ɗ;10793 ɠ;\
    10795 ħ;107a2 ø;107aa ʀ;107af ʈ;1d6a4 ı;1f100 0.;1f12d CD;1f12e WZ;1f14a HV;1f14b MV;1f14c SD;\
    1f14d SS;1f14e PPV;1f14f WC;1f16a MC;1f16b MD;1f16c MR;1f190 DJ
    """

  private static func parse(_ table: String) -> [Run] {
    table.split(separator: ";").compactMap { entry in
      let fields = entry.split(separator: " ")
      guard let first = UInt32(fields[0], radix: 16), let count = UInt32(fields[1]),
        let ascii = fields[2].utf8.first
      else { return nil }
      return Run(first: first, count: count, ascii: ascii)
    }
  }
}
