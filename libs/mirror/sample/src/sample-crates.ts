/** A dependency in a Cargo.toml. */
export interface SampleDependency {
  /** The name under which it is used. */
  readonly name: string;
  readonly req: string;
  /** The crate's own name, if the dependency is renamed. */
  readonly package?: string;
  readonly features?: readonly string[];
  readonly optional?: boolean;
  readonly defaultFeatures?: boolean;
  readonly kind?: 'normal' | 'dev' | 'build';
  readonly target?: string;
}

/** One version of a sample crate: the input for its crate file and its index line. */
export interface SampleCrate {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  /** src/lib.rs */
  readonly source: string;
  readonly dependencies?: readonly SampleDependency[];
  readonly features?: Readonly<Record<string, readonly string[]>>;
  readonly yanked?: boolean;
  readonly rustVersion?: string;
  readonly links?: string;
  /** build.rs */
  readonly buildScript?: string;
}

function dependsOn(name: string, req: string, more: Partial<SampleDependency> = {}): SampleDependency {
  return { name, req, ...more };
}

/**
 * The embedded sample: small crates that compile, have no dependencies outside the sample, and
 * cover everything an index line can express. Together they have names of one, two, three and more
 * letters, upper case, hyphens and underscores, build metadata, pre-releases, yanked versions,
 * renamed, optional, dev, build and target-specific dependencies, `links`, `rust_version` and
 * `features2`.
 */
export const SAMPLE_CRATES: readonly SampleCrate[] = [
  {
    name: 'q',
    version: '0.1.0',
    description: 'Quotes a string',
    source: 'pub fn quote(text: &str) -> String {\n    format!("\\"{text}\\"")\n}\n',
  },
  {
    name: 'q',
    version: '0.1.1',
    description: 'Quotes a string',
    source:
      'pub fn quote(text: &str) -> String {\n    format!("\\"{}\\"", text.replace(\'"\', "\\\\\\""))\n}\n',
  },
  {
    name: 'io',
    version: '1.0.0',
    description: 'Counts bytes',
    source: 'pub fn count(bytes: &[u8]) -> usize {\n    bytes.len()\n}\n',
  },
  {
    name: 'hex',
    version: '0.9.0',
    description: 'Bytes to hex digits',
    source:
      'pub fn encode(bytes: &[u8]) -> String {\n    bytes.iter().map(|b| format!("{b:02x}")).collect()\n}\n',
    yanked: true,
  },
  {
    name: 'hex',
    version: '1.0.0',
    description: 'Bytes to hex digits and back',
    source:
      'pub fn encode(bytes: &[u8]) -> String {\n    bytes.iter().map(|b| format!("{b:02x}")).collect()\n}\n\npub fn decode(text: &str) -> Option<Vec<u8>> {\n    if text.len() % 2 != 0 {\n        return None;\n    }\n    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(text.get(i..i + 2)?, 16).ok()).collect()\n}\n',
  },
  {
    name: 'sum',
    version: '2.0.0',
    description: 'Adds numbers',
    source: 'pub fn sum(numbers: &[i64]) -> i64 {\n    numbers.iter().sum()\n}\n',
  },
  {
    name: 'Mosaic',
    version: '0.3.0',
    description: 'Tiles in rows; a name with an upper-case letter',
    source: 'pub fn rows(tiles: usize, width: usize) -> usize {\n    tiles.div_ceil(width)\n}\n',
  },
  {
    name: 'mosaic-render',
    version: '0.3.1',
    description: 'Draws a mosaic as text',
    dependencies: [dependsOn('Mosaic', '^0.3'), dependsOn('textkit', '^1.1', { features: ['wrap'] })],
    source:
      'pub fn render(tiles: usize, width: usize) -> String {\n    textkit::repeat("#", Mosaic::rows(tiles, width))\n}\n',
  },
  {
    name: 'textkit',
    version: '1.0.0',
    description: 'Small text tools',
    source: 'pub fn repeat(text: &str, times: usize) -> String {\n    text.repeat(times)\n}\n',
  },
  {
    name: 'textkit',
    version: '1.1.0',
    description: 'Small text tools',
    features: { default: ['trim'], trim: [], wrap: [] },
    source:
      'pub fn repeat(text: &str, times: usize) -> String {\n    text.repeat(times)\n}\n\n#[cfg(feature = "trim")]\npub fn trim(text: &str) -> &str {\n    text.trim()\n}\n\n#[cfg(feature = "wrap")]\npub fn wrap(text: &str, width: usize) -> Vec<String> {\n    text.as_bytes().chunks(width).map(|c| String::from_utf8_lossy(c).into_owned()).collect()\n}\n',
  },
  {
    name: 'textkit',
    version: '2.0.0-beta.1',
    description: 'Small text tools, the next ones',
    source: 'pub fn repeat(times: usize, text: &str) -> String {\n    text.repeat(times)\n}\n',
  },
  {
    name: 'snow_flake',
    version: '0.2.0',
    description: 'Identifiers that grow; a name with an underscore',
    source: 'pub fn next(last: u64) -> u64 {\n    last.wrapping_add(1)\n}\n',
  },
  {
    name: 'snow_flake',
    version: '0.2.1',
    description: 'Identifiers that grow; a name with an underscore',
    source: 'pub fn next(last: u64) -> u64 {\n    last.wrapping_add(0x9e37_79b9)\n}\n',
  },
  {
    name: 'vendored-zlib',
    version: '1.3.1+zlib.1.3',
    description: 'A version with build metadata, and a `links` key',
    links: 'sample_zlib',
    buildScript: 'fn main() {\n    println!("cargo:rerun-if-changed=build.rs");\n}\n',
    source: 'pub const ZLIB_VERSION: &str = "1.3";\n',
  },
  {
    name: 'vendored-zlib',
    version: '1.3.2+zlib.1.3',
    description: 'A version with build metadata, and a `links` key',
    links: 'sample_zlib',
    buildScript: 'fn main() {\n    println!("cargo:rerun-if-changed=build.rs");\n}\n',
    source: 'pub const ZLIB_VERSION: &str = "1.3";\npub const WRAPPER_VERSION: &str = "1.3.2";\n',
  },
  {
    name: 'packer',
    version: '0.5.0',
    description: 'Run-length packing, with or without zlib',
    features: { default: [], zlib: ['dep:vendored-zlib'] },
    dependencies: [dependsOn('vendored-zlib', '^1.3', { optional: true }), dependsOn('hex', '^1')],
    rustVersion: '1.60',
    source:
      'pub fn pack(bytes: &[u8]) -> String {\n    hex::encode(bytes)\n}\n\n#[cfg(feature = "zlib")]\npub fn zlib() -> &\'static str {\n    vendored_zlib::ZLIB_VERSION\n}\n',
  },
  {
    name: 'packer',
    version: '0.5.1',
    description: 'Run-length packing, with or without zlib',
    features: { default: [], zlib: ['dep:vendored-zlib'], loud: ['textkit?/wrap'], text: ['dep:textkit'] },
    dependencies: [
      dependsOn('vendored-zlib', '^1.3', { optional: true }),
      dependsOn('textkit', '^1.1', { optional: true, defaultFeatures: false }),
      dependsOn('hex', '^1'),
    ],
    rustVersion: '1.60',
    source:
      'pub fn pack(bytes: &[u8]) -> String {\n    hex::encode(bytes)\n}\n\n#[cfg(feature = "zlib")]\npub fn zlib() -> &\'static str {\n    vendored_zlib::ZLIB_VERSION\n}\n',
  },
  {
    name: 'tally',
    version: '0.1.0',
    description: 'Adds with a renamed dependency',
    dependencies: [dependsOn('adder', '^2', { package: 'sum' })],
    source: 'pub fn tally(numbers: &[i64]) -> i64 {\n    adder::sum(numbers)\n}\n',
  },
  {
    name: 'checked',
    version: '1.2.3',
    description: 'Checks with dev and build dependencies',
    dependencies: [
      dependsOn('sum', '^2', { kind: 'dev' }),
      dependsOn('io', '^1', { kind: 'build' }),
      dependsOn('hex', '^1'),
    ],
    buildScript: 'fn main() {\n    assert_eq!(io::count(b"abc"), 3);\n}\n',
    source:
      'pub fn is_hex(text: &str) -> bool {\n    hex::decode(text).is_some()\n}\n\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn adds() {\n        assert_eq!(sum::sum(&[1, 2]), 3);\n    }\n}\n',
  },
  {
    name: 'platform-info',
    version: '0.4.0',
    description: 'A dependency for some targets only',
    dependencies: [
      dependsOn('q', '^0.1', { target: 'cfg(unix)' }),
      dependsOn('textkit', '^1', { target: 'cfg(windows)' }),
    ],
    source:
      '#[cfg(unix)]\npub fn name() -> String {\n    q::quote("unix")\n}\n\n#[cfg(windows)]\npub fn name() -> String {\n    textkit::repeat("windows", 1)\n}\n',
  },
  {
    name: 'grid',
    version: '0.1.0',
    description: 'A grid of cells',
    source: 'pub struct Grid {\n    pub width: usize,\n    pub height: usize,\n}\n',
  },
  {
    name: 'grid',
    version: '0.2.0',
    description: 'A grid of cells',
    source:
      'pub struct Grid {\n    pub width: usize,\n    pub height: usize,\n}\n\nimpl Grid {\n    pub fn cells(&self) -> usize {\n        self.width * self.height\n    }\n}\n',
  },
  {
    name: 'grid-walk',
    version: '0.2.0',
    description: 'Walks a grid',
    dependencies: [dependsOn('grid', '^0.2'), dependsOn('snow_flake', '^0.2')],
    source:
      'pub fn steps(width: usize, height: usize) -> u64 {\n    snow_flake::next(grid::Grid { width, height }.cells() as u64)\n}\n',
  },
  {
    name: 'clock-face',
    version: '0.1.0',
    description: 'Hours and minutes as text',
    dependencies: [dependsOn('q', '^0.1.1')],
    source:
      'pub fn face(minutes: u32) -> String {\n    q::quote(&format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60))\n}\n',
  },
  {
    name: 'roman',
    version: '1.0.0',
    description: 'Roman numerals',
    source:
      'const DIGITS: [(u32, &str); 13] = [\n    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"),\n    (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),\n];\n\npub fn roman(mut n: u32) -> String {\n    let mut text = String::new();\n    for (value, digit) in DIGITS {\n        while n >= value {\n            text.push_str(digit);\n            n -= value;\n        }\n    }\n    text\n}\n',
  },
  {
    name: 'morse',
    version: '0.1.2',
    description: 'Letters to Morse code',
    source:
      'const CODE: [&str; 26] = [\n    ".-", "-...", "-.-.", "-..", ".", "..-.", "--.", "....", "..", ".---", "-.-", ".-..", "--", "-.", "---",\n    ".--.", "--.-", ".-.", "...", "-", "..-", "...-", ".--", "-..-", "-.--", "--..",\n];\n\npub fn morse(text: &str) -> String {\n    let letters = text.bytes().filter(u8::is_ascii_alphabetic);\n    letters.map(|b| CODE[(b.to_ascii_lowercase() - b\'a\') as usize]).collect::<Vec<_>>().join(" ")\n}\n',
  },
  {
    name: 'luhn-check',
    version: '3.0.0',
    description: 'The Luhn checksum',
    source:
      'pub fn is_valid(digits: &str) -> bool {\n    let mut sum = 0;\n    for (i, c) in digits.chars().rev().enumerate() {\n        let Some(d) = c.to_digit(10) else { return false };\n        sum += if i % 2 == 0 { d } else if d > 4 { 2 * d - 9 } else { 2 * d };\n    }\n    sum % 10 == 0\n}\n',
  },
  {
    name: 'tiny-rng',
    version: '0.1.0',
    description: 'A small random number generator (xorshift)',
    source:
      'pub struct Rng(u64);\n\nimpl Rng {\n    pub fn new(seed: u64) -> Self {\n        Rng(seed | 1)\n    }\n\n    pub fn next_u64(&mut self) -> u64 {\n        self.0 ^= self.0 << 13;\n        self.0 ^= self.0 >> 7;\n        self.0 ^= self.0 << 17;\n        self.0\n    }\n}\n',
  },
  {
    name: 'dice',
    version: '0.3.0',
    description: 'Throws dice',
    dependencies: [dependsOn('tiny-rng', '^0.1'), dependsOn('sum', '^2', { optional: true })],
    features: { totals: ['sum'] },
    source:
      'pub fn throw(seed: u64, count: usize) -> Vec<i64> {\n    let mut rng = tiny_rng::Rng::new(seed);\n    (0..count).map(|_| (rng.next_u64() % 6 + 1) as i64).collect()\n}\n\n#[cfg(feature = "totals")]\npub fn total(seed: u64, count: usize) -> i64 {\n    sum::sum(&throw(seed, count))\n}\n',
  },
  {
    name: 'board-game',
    version: '0.1.0',
    description: 'A board with dice',
    dependencies: [dependsOn('dice', '^0.3', { features: ['totals'] }), dependsOn('grid', '^0.2')],
    source:
      'pub fn land(seed: u64, board: &grid::Grid) -> usize {\n    dice::total(seed, 2) as usize % board.cells()\n}\n',
  },
  {
    name: 'cipher-rot13',
    version: '0.1.0',
    description: 'Rotates letters by thirteen',
    source:
      "pub fn rot13(text: &str) -> String {\n    text.chars()\n        .map(|c| match c {\n            'a'..='z' => ((c as u8 - b'a' + 13) % 26 + b'a') as char,\n            'A'..='Z' => ((c as u8 - b'A' + 13) % 26 + b'A') as char,\n            _ => c,\n        })\n        .collect()\n}\n",
  },
  {
    name: 'cipher-suite',
    version: '0.2.0',
    description: 'Ciphers under one roof',
    dependencies: [dependsOn('cipher-rot13', '^0.1'), dependsOn('morse', '^0.1'), dependsOn('hex', '^1')],
    source:
      'pub fn disguise(text: &str) -> String {\n    hex::encode(morse::morse(&cipher_rot13::rot13(text)).as_bytes())\n}\n',
  },
  {
    name: 'showcase',
    version: '1.0.0',
    description: 'Depends, directly or not, on most of the sample',
    dependencies: [
      dependsOn('mosaic-render', '^0.3'),
      dependsOn('packer', '^0.5', { features: ['zlib'] }),
      dependsOn('tally', '^0.1'),
      dependsOn('checked', '^1'),
      dependsOn('platform-info', '^0.4'),
      dependsOn('grid', '^0.2'),
      dependsOn('grid-walk', '^0.2'),
      dependsOn('clock-face', '^0.1'),
      dependsOn('board-game', '^0.1'),
      dependsOn('cipher-suite', '^0.2'),
      dependsOn('roman', '^1'),
      dependsOn('luhn-check', '^3'),
    ],
    source:
      'pub fn show() -> String {\n    [\n        mosaic_render::render(10, 3),\n        packer::pack(packer::zlib().as_bytes()),\n        tally::tally(&[1, 2, 3]).to_string(),\n        checked::is_hex("c0ffee").to_string(),\n        platform_info::name(),\n        grid_walk::steps(3, 4).to_string(),\n        clock_face::face(754),\n        board_game::land(7, &grid::Grid { width: 3, height: 3 }).to_string(),\n        cipher_suite::disguise("crates"),\n        roman::roman(2026),\n        luhn_check::is_valid("79927398713").to_string(),\n    ]\n    .join("\\n")\n}\n',
  },
];
