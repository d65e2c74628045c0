env        = "dev"
account_id = "111111111111"
region     = "ap-northeast-2"
image_tag  = "v1.2.3"
