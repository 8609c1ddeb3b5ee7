#include "broker/crypto/checkpoint.h"

#include <optional>

#include "broker/base/number.h"
#include "broker/base/text.h"
#include "broker/crypto/digest.h"

namespace sam {
namespace {

constexpr std::string_view kDash = "\xE2\x80\x94 ";  // the em dash of signed notes, and a space
constexpr size_t kMaxLines = 64;

// A key's short name in notes: SHA-256(name || 0x0A || algorithm 0x01 || public key), 4 bytes.
std::string KeyHash(std::string_view name, const PublicKey& key) {
  return std::string(
      Sha256({name, std::string_view("\n\x01", 2), key.view()}).view().substr(0, 4));
}

bool IsLine(std::string_view text) {
  return !text.empty() && text.find('\n') == std::string_view::npos && IsValidUtf8(text);
}

// A note has one spelling, so that two witnesses who compare bytes cannot both be right: base64
// whose last character carries bits that decoding drops is refused.
std::optional<std::string> FromOneBase64(std::string_view text) {
  std::optional<std::string> raw = FromBase64(text);
  if (raw && ToBase64(*raw) != text) return std::nullopt;
  return raw;
}

// Names of keys stand before a space in the signature line, so they can hold none, and no plus.
bool IsName(std::string_view text) {
  return IsLine(text) && text.find_first_of(" +\t\r") == std::string_view::npos;
}

std::optional<uint64_t> ParseSize(std::string_view text) {
  if (text.empty() || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  return ReadNumber(text);
}

Error Malformed(size_t line, const std::string& what) {
  return Invalid("checkpoint line " + std::to_string(line) + ": " + what);
}

Result<CheckpointNote::Line> ParseSignature(std::string_view line, size_t number) {
  if (line.substr(0, kDash.size()) != kDash)
    return Malformed(number, "a signature line starts with an em dash and a space");
  line.remove_prefix(kDash.size());
  const size_t space = line.find(' ');
  if (space == std::string_view::npos || !IsName(line.substr(0, space)))
    return Malformed(number, "expected a key name and a signature");
  const std::optional<std::string> raw = FromOneBase64(line.substr(space + 1));
  if (!raw || raw->size() <= 4) return Malformed(number, "the signature is not base64");
  return CheckpointNote::Line{std::string(line.substr(0, space)), raw->substr(0, 4),
                              raw->substr(4)};
}

Result<Checkpoint> ParseBody(const std::vector<std::string_view>& lines) {
  if (lines.size() < 3) return Malformed(lines.size() + 1, "expected origin, size and root");
  Checkpoint out;
  if (!IsLine(lines[0])) return Malformed(1, "the origin is empty");
  out.origin = lines[0];
  const std::optional<uint64_t> size = ParseSize(lines[1]);
  if (!size) return Malformed(2, "the size is not a plain decimal number");
  out.size = *size;
  const std::optional<std::string> raw = FromOneBase64(lines[2]);
  const std::optional<Digest> root = raw ? Digest::From(*raw) : std::nullopt;
  if (!root) return Malformed(3, "the root is not base64 of 32 bytes");
  out.root = *root;
  for (size_t i = 3; i < lines.size(); ++i) {
    if (!IsLine(lines[i])) return Malformed(i + 1, "an extension line is empty");
    out.extensions.emplace_back(lines[i]);
  }
  return out;
}

}  // namespace

std::string Checkpoint::Body() const {
  std::string out = origin + "\n" + std::to_string(size) + "\n" + ToBase64(root.view()) + "\n";
  for (const std::string& line : extensions) out += line + "\n";
  return out;
}

Result<std::string> FormatCheckpoint(const Checkpoint& checkpoint, const SigningKey& key) {
  if (!IsName(checkpoint.origin))
    return Invalid("checkpoint origin is empty or has a space, a plus or a newline: " +
                   checkpoint.origin);
  for (const std::string& line : checkpoint.extensions)
    if (!IsLine(line)) return Invalid("checkpoint extension line is empty or has a newline");
  const std::string body = checkpoint.Body();
  const std::string signature = KeyHash(checkpoint.origin, key.public_key()) +
                                std::string(key.Sign(body).view());
  std::string out = body + "\n" + std::string(kDash) + checkpoint.origin + " " +
                    ToBase64(signature) + "\n";
  if (out.size() > kMaxCheckpointBytes) return Invalid("checkpoint is larger than 16 KiB");
  return out;
}

Result<CheckpointNote> ParseCheckpoint(std::string_view text) {
  if (text.size() > kMaxCheckpointBytes) return Invalid("checkpoint: larger than 16 KiB");
  if (!IsValidUtf8(text)) return Invalid("checkpoint: not UTF-8");
  for (char c : text)
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n')
      return Invalid("checkpoint: has a control character");
  if (text.empty() || text.back() != '\n') return Invalid("checkpoint: no newline at the end");
  // The last empty line parts text and signatures: extensions hold none, so it is the only one.
  const size_t gap = text.rfind("\n\n");
  if (gap == std::string_view::npos) return Invalid("checkpoint: no empty line before signatures");
  const std::string_view body = text.substr(0, gap + 1);
  const std::vector<std::string_view> lines = Split(body.substr(0, gap), '\n');
  const std::string_view rest = text.substr(gap + 2);
  if (rest.empty()) return Invalid("checkpoint: no signature line");
  const std::vector<std::string_view> signatures = Split(rest.substr(0, rest.size() - 1), '\n');
  if (lines.size() + signatures.size() > kMaxLines) return Invalid("checkpoint: too many lines");

  CheckpointNote note;
  SAM_ASSIGN(note.checkpoint, ParseBody(lines));
  note.body = body;
  for (size_t i = 0; i < signatures.size(); ++i) {
    SAM_ASSIGN(CheckpointNote::Line line, ParseSignature(signatures[i], lines.size() + 2 + i));
    note.signatures.push_back(std::move(line));
  }
  return note;
}

Result<Checkpoint> VerifyCheckpoint(std::string_view text, std::string_view origin,
                                    const PublicKey& key) {
  SAM_ASSIGN(CheckpointNote note, ParseCheckpoint(text));
  if (note.checkpoint.origin != origin)
    return Denied("checkpoint is of '" + note.checkpoint.origin + "', expected '" +
                  std::string(origin) + "'");
  const std::string hash = KeyHash(origin, key);
  for (const CheckpointNote::Line& line : note.signatures) {
    if (line.name != origin || line.key_hash != hash) continue;
    const std::optional<Signature> signature = Signature::From(line.signature);
    // One bad signature under the right key name is a forgery, whatever else the note holds.
    if (!signature || !Verify(key, note.body, *signature))
      return Denied("checkpoint of '" + std::string(origin) + "': the signature is wrong");
    return note.checkpoint;
  }
  return Denied("checkpoint of '" + std::string(origin) + "' is not signed by key " +
                Fingerprint(key));
}

}  // namespace sam
