/// One flag of a verb: the command line, the environment, the default and the help all follow from it.
package struct Flag: Sendable {
  /// The name without its dashes.
  package let name: String
  /// What stands for the value in help; nil for a switch that takes none.
  package let placeholder: String?
  /// The environment variable that is read when the flag is absent; nil for flags that say what one command is about.
  package let variable: String?
  /// The default, as it is used.
  package let usual: String?
  /// How help shows the default, where that says more than the value.
  package let usualText: String?
  /// One sentence.
  package let about: String
  /// Whether it may stand several times.
  package let repeats: Bool

  private init(
    name: String, placeholder: String?, variable: String?, usual: String?, usualText: String?, about: String,
    repeats: Bool
  ) {
    self.name = name
    self.placeholder = placeholder
    self.variable = variable
    self.usual = usual
    self.usualText = usualText
    self.about = about
    self.repeats = repeats
  }

  /// A setting with a value; its variable is `SCRIP_` and the name in capitals.
  package static func setting(
    _ name: String, _ placeholder: String, usual: String? = nil, usualText: String? = nil, _ about: String
  ) -> Flag {
    Flag(
      name: name, placeholder: placeholder, variable: variable(of: name), usual: usual,
      usualText: usualText ?? usual, about: about, repeats: false)
  }

  /// A setting that is on or off; its variable takes 1, true, yes, 0, false or no.
  package static func toggle(_ name: String, _ about: String) -> Flag {
    Flag(
      name: name, placeholder: nil, variable: variable(of: name), usual: nil, usualText: "off", about: about,
      repeats: false)
  }

  /// What one command is about: a value without a variable.
  package static func value(
    _ name: String, _ placeholder: String, usual: String? = nil, repeats: Bool = false, _ about: String
  ) -> Flag {
    Flag(
      name: name, placeholder: placeholder, variable: nil, usual: usual, usualText: usual, about: about,
      repeats: repeats)
  }

  /// What one command is about: a switch without a variable.
  package static func option(_ name: String, _ about: String) -> Flag {
    Flag(
      name: name, placeholder: nil, variable: nil, usual: nil, usualText: nil, about: about, repeats: false)
  }

  private static func variable(of name: String) -> String {
    "SCRIP_" + name.uppercased().split(separator: "-").joined(separator: "_")
  }

  /// `--listen ADDRESS:PORT`
  package var synopsis: String { placeholder.map { "--\(name) \($0)" } ?? "--\(name)" }
}
