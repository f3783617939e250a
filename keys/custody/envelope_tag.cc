#include "keys/custody/envelope_tag.h"

#include <openssl/asn1.h>
#include <openssl/crypto.h>

#include "absl/strings/string_view.h"

namespace cardvault {
namespace {

struct Element {
  bool found = false;
  bool octet_string = false;
  absl::string_view content;
};

// Takes the element at the front of `der` off it.
Element TakeElement(absl::string_view& der) {
  const auto* const begin = reinterpret_cast<const unsigned char*>(der.data());
  const unsigned char* at = begin;
  long size = 0;  // NOLINT(runtime/int): OpenSSL's type
  int tag = 0;
  int tag_class = 0;
  const int form = ASN1_get_object(&at, &size, &tag, &tag_class,
                                   static_cast<long>(der.size()));  // NOLINT(runtime/int)
  if ((form & 0x80) != 0) return {};  // there is none, or one that is cut
  Element element;
  element.found = true;
  element.octet_string = tag == V_ASN1_OCTET_STRING && tag_class == V_ASN1_UNIVERSAL;
  element.content = der.substr(static_cast<size_t>(at - begin), static_cast<size_t>(size));
  der.remove_prefix(static_cast<size_t>(at - begin) + element.content.size());
  return element;
}

size_t TagSizeIn(absl::string_view der) {
  absl::string_view content_info = TakeElement(der).content;
  TakeElement(content_info);  // its type
  absl::string_view wrapper = TakeElement(content_info).content;
  absl::string_view enveloped = TakeElement(wrapper).content;
  // The tag is the one OCTET STRING among its members.
  for (Element member = TakeElement(enveloped); member.found; member = TakeElement(enveloped)) {
    if (member.octet_string) return member.content.size();
  }
  return 0;
}

}  // namespace

size_t EnvelopeTagSize(const CMS_ContentInfo* cms) {
  unsigned char* der = nullptr;
  const int size = i2d_CMS_ContentInfo(cms, &der);
  if (size <= 0) return 0;
  const size_t tag_size =
      TagSizeIn(absl::string_view(reinterpret_cast<const char*>(der), static_cast<size_t>(size)));
  OPENSSL_free(der);
  return tag_size;
}

}  // namespace cardvault
