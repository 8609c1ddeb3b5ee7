#include "adapters/sftp/handshake.h"

#include <unistd.h>

#include <cstring>
#include <utility>

#include "broker/crypto/wipe.h"

namespace sam::sftp {
namespace {

// What was sound in 2024; older ones (SHA-1, CBC, ssh-rsa, DSA, 1024 bits) are refused.
constexpr const char* kExchanges =
    "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,"
    "ecdh-sha2-nistp521,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512";
constexpr const char* kCiphers =
    "aes256-gcm@openssh.com,aes128-gcm@openssh.com,chacha20-poly1305@openssh.com,aes256-ctr,"
    "aes128-ctr";
constexpr const char* kMacs =
    "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512";
constexpr const char* kKeys =
    "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,"
    "rsa-sha2-256";
constexpr int kMinRsaBits = 2048;

bool SetOptions(ssh_session session, const SftpConfig& config, int fd) {
  const bool no = false;
  const int port = config.port;
  const int quiet = SSH_LOG_NOLOG;
  const long timeout_s = static_cast<long>(config.timeout_ms / 1000);
  bool ok = true;
  const auto set = [&](ssh_options_e option, const void* value) {
    ok = ssh_options_set(session, option, value) == SSH_OK && ok;
  };
  set(SSH_OPTIONS_PROCESS_CONFIG, &no);  // before the host, which would have them read
  set(SSH_OPTIONS_LOG_VERBOSITY, &quiet);
  set(SSH_OPTIONS_HOST, config.host.c_str());
  set(SSH_OPTIONS_PORT, &port);
  set(SSH_OPTIONS_USER, config.user.c_str());
  set(SSH_OPTIONS_KNOWNHOSTS, config.known_hosts.c_str());
  set(SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null");
  set(SSH_OPTIONS_TIMEOUT, &timeout_s);
  set(SSH_OPTIONS_KEY_EXCHANGE, kExchanges);
  set(SSH_OPTIONS_CIPHERS_C_S, kCiphers);
  set(SSH_OPTIONS_CIPHERS_S_C, kCiphers);
  set(SSH_OPTIONS_HMAC_C_S, kMacs);
  set(SSH_OPTIONS_HMAC_S_C, kMacs);
  set(SSH_OPTIONS_HOSTKEYS, kKeys);
  set(SSH_OPTIONS_PUBLICKEY_ACCEPTED_TYPES, kKeys);
  set(SSH_OPTIONS_RSA_MIN_SIZE, &kMinRsaBits);
  set(SSH_OPTIONS_COMPRESSION, "no");
  // Last: from here on the session owns the descriptor.
  set(SSH_OPTIONS_FD, &fd);
  return ok;
}

std::string Fingerprint(ssh_key key) {
  unsigned char* hash = nullptr;
  size_t size = 0;
  if (ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &size) != 0) return "unknown";
  char* text = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, size);
  std::string out = text == nullptr ? "unknown" : text;
  ssh_string_free_char(text);
  ssh_clean_pubkey_hash(&hash);
  return out;
}

// True: it is the server that known_hosts names.
bool KnowsServer(ssh_session session, const SftpConfig& config, Trouble& trouble) {
  ssh_key raw = nullptr;
  if (ssh_get_server_publickey(session, &raw) != SSH_OK) {
    trouble = {"unreachable", true, true, "the server showed no key"};
    return false;
  }
  const KeyHandle key(raw);
  if (::access(config.known_hosts.c_str(), R_OK) != 0) {
    trouble = {"known-hosts", true, false, "known_hosts cannot be read: " + config.known_hosts};
    return false;
  }
  const ssh_known_hosts_e known = ssh_session_is_known_server(session);
  if (known == SSH_KNOWN_HOSTS_OK) return true;
  const char* type = ssh_key_type_to_char(ssh_key_type(key.get()));
  std::string shown = config.where();
  shown.append(" shows an ").append(type == nullptr ? "unknown" : type).append(" key ");
  shown.append(Fingerprint(key.get()));
  switch (known) {
    case SSH_KNOWN_HOSTS_CHANGED:
    case SSH_KNOWN_HOSTS_OTHER:
      trouble = {"host-key-changed", true, false,
                 shown + "; known_hosts has another key for it. Nothing was sent. Ask the server's "
                         "owner by another way whether the key was changed; only then put the new "
                         "one into " + config.known_hosts};
      return false;
    case SSH_KNOWN_HOSTS_ERROR:
      trouble = {"known-hosts", true, false, "known_hosts cannot be read: " + config.known_hosts};
      return false;
    default:
      trouble = {"host-key-unknown", true, false,
                 shown + "; known_hosts has no key for it. Nothing was sent. Ask the server's owner "
                         "for the fingerprint by another way; if it is this one: ssh-keyscan -p " +
                     std::to_string(config.port) + " " + config.host + " >> " +
                     config.known_hosts};
      return false;
  }
}

bool LetIn(ssh_session session, const SftpConfig& config, Trouble& trouble) {
  Result<std::string> text = ReadPrivateKey(config.key_file);
  if (!text.ok()) {
    trouble = {"key", true, false, text.error().message};
    return false;
  }
  ssh_key raw = nullptr;
  // An empty passphrase, or libssh would ask at a terminal.
  const int read = ssh_pki_import_privkey_base64(text->c_str(), "", nullptr, nullptr, &raw);
  Wipe(*text);
  const KeyHandle key(raw);
  if (read != SSH_OK) {
    trouble = {"key", true, false,
               "key_file " + config.key_file + ": no private key without passphrase"};
    return false;
  }
  switch (ssh_userauth_publickey(session, nullptr, key.get())) {
    case SSH_AUTH_SUCCESS: return true;
    case SSH_AUTH_PARTIAL:
      trouble = {"denied", true, false, "the server wants more than a key, and we have no more"};
      return false;
    case SSH_AUTH_DENIED:
      trouble = {"denied", true, false, "the server does not let this user in with this key"};
      return false;
    default:
      trouble = {"unreachable", true, true, "the connection ended while we were being let in"};
      return false;
  }
}

}  // namespace

SessionHandle Handshake(const SftpConfig& config, Wire& wire, Trouble& trouble) {
  const Result<int> fd = wire.Connect(config.host, config.port, config.timeout_ms);
  if (!fd.ok()) {
    trouble = {"unreachable", true, true, config.where() + ": " + fd.error().message};
    return nullptr;
  }
  SessionHandle session(ssh_new());
  if (!session || !SetOptions(session.get(), config, *fd)) {
    if (!session) ::close(*fd);
    trouble = {"unreachable", true, false, "libssh does not take an option"};
    return nullptr;
  }
  if (!wire.Expect(config.timeout_ms) || ssh_connect(session.get()) != SSH_OK) {
    // Its text holds the server's lists, and the cases cannot be told apart without it.
    trouble = {"unreachable", true, true,
               "no common language: it is no SSH server, was silent, or has only algorithms that "
               "are no longer sound"};
    return nullptr;
  }
  if (!wire.Expect(config.timeout_ms) || !KnowsServer(session.get(), config, trouble))
    return nullptr;
  if (!wire.Expect(config.timeout_ms) || !LetIn(session.get(), config, trouble)) return nullptr;
  return session;
}

}  // namespace sam::sftp
