// The connector [files], which may have its files fetched from elsewhere: [files.sftp].
// Any thread; plain values made once at start, owned by whoever asks adapters/program/sources.h.
#pragma once

#include "adapters/kit/source_kind.h"

namespace sam::sftp {

kit::ConnectorKind FilesKind();

}  // namespace sam::sftp
