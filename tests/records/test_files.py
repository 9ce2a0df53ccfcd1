"""Files of records: what is taken, what is refused, who may read, and that nothing lies in clear."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from kajing.audit.models import AuditRow
from kajing.lib.errors import NotAllowed
from kajing.records import selectors, services
from kajing.records.files import FileRefused, inspect, load
from kajing.records.files.store import path_of
from kajing.records.models import Attachment, StoredFile
from tests.factories.customers import customer

pytestmark = pytest.mark.django_db
NOW = timezone.now()
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.KAJING_FILES = tmp_path / "files"
    return settings.KAJING_FILES


def photo(kind="JPEG", **options) -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "SECRETCAMERA"
    exif[0x0112] = 6  # turned by 90°
    exif.get_ifd(0x8825)[2] = (31.0, 14.0, 3.0)
    Image.new("RGB", (40, 20), "red").save(out, kind, exif=exif, **options)
    return out.getvalue()


def office(*names) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name in names:
            packed.writestr(name, "<x/>")
    return out.getvalue()


def attach(who, one, name="合同.pdf", content=PDF, **about):
    return services.attach(actor=who, kind="customer", object_id=one.pk, name=name, content=content, at=NOW, **about)


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.pdf", PDF, "application/pdf"), ("a.JPG", photo(), "image/jpeg"), ("a.png", photo("PNG"), "image/png"),
        ("a.webp", photo("WEBP"), "image/webp"), ("a.txt", "你好".encode(), "text/plain"), ("a.csv", "你好".encode("gb18030"), "text/plain"),
        ("a.docx", office("[Content_Types].xml", "word/document.xml"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a.xlsx", office("[Content_Types].xml", "xl/workbook.xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("noending", PDF, "application/pdf"),
    ],
)  # fmt: skip
def test_taken_by_content(name, content, kind):
    looked = inspect(name, content)
    assert looked.media_type == kind
    assert looked.name.startswith("a.") or looked.name == "noending.pdf"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", b""), ("a.exe", b"MZ\x90\x00\x03"), ("a.pdf", photo()), ("a.jpg", PDF), ("a.svg", b"<svg onload=alert(1)>"), ("a.html", b"<script>alert(1)</script>"),
        ("a.zip", office("x.txt")), ("a.docx", office("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin")), ("a.jpg", photo()[:200]),
        ("a.pdf", b"%PDF-1.7 cut off"), ("a.gif", b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"), ("a.txt", b"\x00\x01\x02"),
    ],
)  # fmt: skip
def test_refused_with_a_sentence(name, content):
    with pytest.raises(FileRefused) as caught:
        inspect(name, content)
    assert str(caught.value)


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_opened():
    out = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(out, "PNG")
    with pytest.raises(FileRefused):
        inspect("bomb.png", out.getvalue())


def test_photos_lose_place_and_camera_and_are_turned():
    looked = inspect("p.jpg", photo())
    assert b"SECRETCAMERA" not in looked.content
    with Image.open(io.BytesIO(looked.content)) as image:
        assert image.size == (20, 40)
        assert not dict(image.getexif())
    assert b"SECRETCAMERA" in inspect("p.jpg", photo(), keep_place=True).content


def test_names_cannot_leave_the_folder_or_split_a_header():
    assert inspect('../../etc/pass"wd\r\nX: y.pdf', PDF).name == "passwdX y.pdf"
    assert inspect("C:\\temp\\a.pdf", PDF).name == "a.pdf"


def test_stored_once_and_encrypted(ana, ben, folder):
    one, two, foreign = customer(ana), customer(ana), customer(ben)
    first, second = attach(ana, one), attach(ana, two, "副本.pdf")
    attach(ben, foreign)
    assert StoredFile.objects.count() == 1 and Attachment.objects.count() == 3
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files == [path_of(first.file_id)]
    assert b"%PDF" not in files[0].read_bytes() and files[0].stat().st_mode & 0o077 == 0
    assert load(second.file_id) == PDF
    assert AuditRow.objects.filter(action="records.attach", customer_id=one.pk, changes__sha256=first.file_id).exists()


def test_download_is_an_attachment_told_and_within_reach(ana, ben, sign_in):
    one = customer(ana)
    made = attach(ana, one)
    url = f"/records/on/customer/{one.pk}/files/{made.pk}/"
    answer = sign_in(ana).get(url)
    assert answer.content == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer.headers["Cache-Control"]
    assert AuditRow.objects.filter(action="records.download", actor="P-ANA").count() == 1
    assert sign_in(ben).get(url).status_code == 404
    assert sign_in(ben).get(f"/records/on/customer/{customer(ben).pk}/files/{made.pk}/").status_code == 404


def test_seen_by_some_roles_only(ana, lee, head, sign_in):
    one = customer(ana)
    made = attach(ana, one, roles=["LEADER", "NOROLE"])
    assert made.roles == ["LEADER"]
    assert [row.pk for row in selectors.files_of("customer", lee, one.pk)] == [made.pk]
    assert [row.pk for row in selectors.files_of("customer", ana, one.pk)] == [made.pk]  # her own
    assert selectors.files_of("customer", head, one.pk) == []
    assert sign_in(head).get(f"/records/on/customer/{one.pk}/files/{made.pk}/").status_code == 404
    assert made.name not in sign_in(head).get(f"/ui/panel/files-customer/{one.pk}/").content.decode()
    with pytest.raises(NotAllowed):
        services.hand_out(actor=head, attachment=made, at=NOW)


def test_size_cap_right_and_removal(ana, ben, auditor, settings, sign_in):
    settings.KAJING_FILE_MB = 1
    one = customer(ana)
    with pytest.raises(FileRefused):
        attach(ana, one, content=PDF + b" " * 1024 * 1024 + b"%%EOF")
    for who in (ben, auditor):
        with pytest.raises(NotAllowed):
            attach(who, one)
    browser = sign_in(ana)
    sent = browser.post(f"/records/on/customer/{one.pk}/attach/", {"file": SimpleUploadedFile("a.pdf", PDF)})
    assert sent.status_code == 302
    wrong = browser.post(f"/records/on/customer/{one.pk}/attach/", {"file": SimpleUploadedFile("a.pdf", b"MZ\x00")})
    assert wrong.status_code == 422
    pk = Attachment.objects.get().pk
    assert browser.get(f"/api/v1/records/customer/{one.pk}/files").json()["items"][0]["name"] == "a.pdf"
    assert browser.post(f"/records/on/customer/{one.pk}/files/{pk}/remove/").status_code == 302
    assert browser.get(f"/records/on/customer/{one.pk}/files/{pk}/").status_code == 404
    assert Attachment.objects.get(pk=pk).removed_at is not None


def test_a_file_field_names_a_file_of_the_same_record(ana, units):
    from tests.factories.records import field

    field(units["HQ"], "proof", "FILE")
    one, two = customer(ana), customer(ana)
    made = attach(ana, one)
    put = lambda on: services.set_values(
        actor=ana, kind="customer", object_id=on.pk, values={"proof": str(made.pk)}, at=NOW
    )
    assert put(one) == ["proof"]
    with pytest.raises(services.ValuesRefused):
        put(two)


def test_lost_bytes_are_told(ana):
    made = attach(ana, customer(ana))
    path_of(made.file_id).unlink()
    with pytest.raises(FileRefused):
        services.hand_out(actor=ana, attachment=made, at=NOW)
    assert settings.KAJING_FILES
