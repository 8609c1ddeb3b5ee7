// Owners of libssh's handles. For session.cc and handshake.cc alone.
// One thread.
#pragma once

#include <libssh/libssh.h>
#include <libssh/sftp.h>

#include <memory>

namespace sam::sftp {

struct FreeSession {
  void operator()(ssh_session session) const {
    ssh_silent_disconnect(session);  // with words it would wait for room in a dead socket
    ssh_free(session);
  }
};
struct FreeSftp {
  void operator()(sftp_session sftp) const { sftp_free(sftp); }
};
struct FreeKey {
  void operator()(ssh_key key) const { ssh_key_free(key); }
};
struct FreeAttributes {
  void operator()(sftp_attributes attributes) const { sftp_attributes_free(attributes); }
};
struct CloseDir {
  void operator()(sftp_dir dir) const { sftp_closedir(dir); }
};
struct CloseFile {
  void operator()(sftp_file file) const { sftp_close(file); }
};
using SessionHandle = std::unique_ptr<ssh_session_struct, FreeSession>;
using SftpHandle = std::unique_ptr<sftp_session_struct, FreeSftp>;
using KeyHandle = std::unique_ptr<ssh_key_struct, FreeKey>;
using Attributes = std::unique_ptr<sftp_attributes_struct, FreeAttributes>;
using DirHandle = std::unique_ptr<sftp_dir_struct, CloseDir>;
using FileHandle = std::unique_ptr<sftp_file_struct, CloseFile>;

}  // namespace sam::sftp
