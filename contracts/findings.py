"""What the checker may find in a file: stable codes with their texts. Any one of them refuses it."""

from __future__ import annotations

from typing import Final

from contracts.edition import Text2

FINDINGS: Final[dict[str, Text2]] = {
    "empty": Text2("文件是空的", "The file is empty."),
    "too_large": Text2("文件超过大小上限", "The file is larger than allowed."),
    "size_differs": Text2("文件大小与上传时登记的不一致", "The file's size is not the one announced."),
    "type_unsupported": Text2("不支持此文件类型", "Files of this type are not supported."),
    "type_mismatch": Text2("文件内容与扩展名不符", "The content is not what the file's extension says."),
    "media_type_mismatch": Text2("文件内容与声明的媒体类型不符", "The content is of another media type."),
    "damaged": Text2("文件已损坏，无法打开", "The file is damaged and cannot be opened."),
    "trailing_data": Text2("文件末尾附有其他数据", "Other data hides behind the end of the file."),
    "encrypted": Text2("文件已加密，无法检查", "The file is encrypted and cannot be checked."),
    "active_content": Text2("文件含有脚本或自动执行的动作", "The file carries scripts or actions."),
    "embedded_file": Text2("文件内嵌有其他可执行或压缩文件", "An executable or archive is inside."),
    "macros": Text2("文件含有宏", "The file carries macros."),
    "external_reference": Text2("文件引用了外部内容", "The file loads content from elsewhere when opened."),
    "unsafe_names": Text2("文件内部的名称指向文件之外", "Names inside the file point outside of it."),
    "too_many_parts": Text2("文件内部的部分过多", "The file consists of too many parts."),
    "unpacks_too_large": Text2("文件解开后过大", "The file unpacks to far more than it should."),
    "image_too_large": Text2("图片尺寸过大", "The picture has too many pixels."),
    "virus": Text2("文件含有病毒特征", "The file carries the mark of a virus."),
    "not_checkable": Text2("文件多次检查未能完成", "The file could not be checked within the limits."),
}
