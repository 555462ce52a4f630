import OCI
import Testing

@Suite("Base64")
struct Base64Tests {
    // The test vectors of RFC 4648, section 10, and the two digits that are no letters or numbers.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func theVectorsOfTheRFC(_ bytes: String, _ text: String) {
        #expect(Base64.encode(Array(bytes.utf8)) == text)
        #expect(Base64.decode(text) == Array(bytes.utf8))
    }

    @Test func everyByteSurvives() {
        let bytes = (0...255).map { UInt8($0) }
        for count in 250...256 {
            #expect(Base64.decode(Base64.encode(Array(bytes.suffix(count)))) == bytes.suffix(count))
        }
        #expect(Base64.encode([0xfb, 0xff]) == "+/8=")
    }

    @Test(arguments: ["Zg", "Zg=", "Z===", "====", "Zg==Zg==", "Z g=", "Zm9-", "=Zg="])
    func otherTextsAreRefused(_ text: String) {
        #expect(Base64.decode(text) == nil)
    }
}
